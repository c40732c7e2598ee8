package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Manifests without tensors. */
final class Manifests {
  private Manifests() {}

  static Manifest.Builder draft(String run, int epoch, long step) {
    return Manifest.newBuilder()
        .setRun(run)
        .setCheckpoint(CheckpointLog.name(epoch, step))
        .setEpoch(epoch)
        .setStep(step)
        .setTimestamp(Instant.EPOCH)
        .setCause(Cause.INTERVAL)
        .setMethod("adamw")
        .setModel("tiny")
        .setBaseSha256("base")
        .setConfig("{}")
        .setConfigSha256(Digests.hex(Digests.sha256("{}")))
        .setLabels(List.of())
        .setSkips(List.of())
        .setDecisions(List.of())
        .setOffsets(List.of())
        .setSealed(List.of())
        .setOpen(List.of())
        .setDense(List.of())
        .setState(List.of())
        .setCounters(Map.of())
        .setRanks(Map.of())
        .setMetrics(Map.of())
        .setProvenance(new Provenance("1", "17", "linux", "engine", "cpu", 1, 5L, "FP32"));
  }
}
