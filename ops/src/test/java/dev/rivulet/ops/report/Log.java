package dev.rivulet.ops.report;

import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Records as a trainer writes them, with a few fields to choose. */
public final class Log {
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Log() {}

  /** Returns a step that ended that many seconds after the start, of 100 in all. */
  public static Step.Builder step(int epoch, long step, double loss) {
    return Step.newBuilder()
        .setRun("demo-1")
        .setEpoch(epoch)
        .setStep(step)
        .setTotalSteps(100)
        .setTimestamp(START.plusSeconds(step))
        .setMethod("adarankgrad")
        .setDataEpoch(0)
        .setBatches(List.of())
        .setLoss(loss)
        .setGradientNorm(1)
        .setLearningRate(1e-4)
        .setTokens(100)
        .setApplied(true)
        .setSeconds(1)
        .setWaitSeconds(0)
        .setWeightBytes(1000)
        .setOptimizerBytes(10)
        .setPeakBytes(5000);
  }

  public static Manifest.Builder checkpoint(int epoch, long step, Cause cause) {
    return Manifest.newBuilder()
        .setDecisions(List.of())
        .setRun("demo-1")
        .setCheckpoint(epoch + "-" + step)
        .setEpoch(epoch)
        .setStep(step)
        .setTimestamp(START)
        .setCause(cause)
        .setMethod("adarankgrad")
        .setModel("small")
        .setBaseSha256("")
        .setConfig("{}")
        .setConfigSha256("")
        .setLabels(List.of())
        .setSkips(List.of())
        .setOffsets(List.of())
        .setSealed(List.of())
        .setOpen(List.of())
        .setDense(List.of())
        .setState(List.of())
        .setCounters(Map.of())
        .setRanks(Map.of())
        .setMetrics(Map.of())
        .setProvenance(new Provenance("", "", "", "", "cpu", 1, 0L, "FP32"));
  }

  /** Returns a reference to a tensor of one chunk. */
  public static TensorRef tensor(String topic, long offset, int size) {
    Sha256 hash = new Sha256(new byte[32]);
    return new TensorRef(
        "t", DType.F32, List.of(), hash, List.of(new ChunkRef(topic, 0, offset, size, hash)));
  }

  /** Returns a factor whose halves are one chunk each, at an offset and the next. */
  public static Factor factor(long offset, int size) {
    return new Factor(
        "layer", 0, 1f, tensor("factors", offset, size), tensor("factors", offset + 1, size), null);
  }
}
