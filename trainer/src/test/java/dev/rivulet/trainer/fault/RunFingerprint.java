package dev.rivulet.trainer.fault;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state in a run's last checkpoint: hashes of weights, moments, sealed factors and scalars;
 * counters, ranks, position, skipped batches, scores. Time, process and epoch of the checkpoint are
 * not part of it.
 *
 * @param parts by name
 */
public record RunFingerprint(Map<String, String> parts) {

  public static RunFingerprint of(KafkaCluster cluster, String run) {
    CheckpointLog log = CheckpointLog.read(cluster, run);
    Manifest last = log.newest().orElseThrow();
    Map<String, String> parts = new TreeMap<>();
    parts.put("step", Long.toString(last.getStep()));
    parts.put("cause", last.getCause().name());
    parts.put("base", last.getBaseSha256());
    parts.put("config", last.getConfigSha256());
    parts.put("position", last.getOffsets().toString());
    parts.put("skips", last.getSkips().toString());
    parts.put("learning rate", Double.toString(last.getLearningRateScale()));
    last.getCounters().forEach((name, count) -> parts.put("counter " + name, count.toString()));
    last.getRanks().forEach((layer, rank) -> parts.put("rank " + layer, rank.toString()));
    last.getMetrics().forEach((name, value) -> parts.put("metric " + name, value.toString()));
    parts.remove("metric processBytes");
    last.getDense().forEach(tensor -> put(parts, "dense", tensor));
    last.getState().forEach(tensor -> put(parts, "state", tensor));
    last.getOpen().forEach(factor -> put(parts, "open", factor));
    int sealed = 0;
    int scalars = 0;
    for (Manifest ancestor : log.lineage(last)) {
      if (ancestor.getScalars() != null) {
        put(parts, "scalars %04d".formatted(scalars++), ancestor.getScalars());
      }
      for (Factor factor : ancestor.getSealed()) {
        put(parts, "sealed %04d".formatted(sealed++), factor);
      }
    }
    return new RunFingerprint(parts);
  }

  private static void put(Map<String, String> parts, String role, Factor factor) {
    String name = "%s %s refresh %d".formatted(role, factor.getLayer(), factor.getRefresh());
    parts.put(name + " scale", Float.toString(factor.getScale()));
    parts.put(name + " rounding", String.valueOf(factor.getRounding()));
    put(parts, name, factor.getLeft());
    put(parts, name, factor.getRight());
  }

  private static void put(Map<String, String> parts, String role, TensorRef tensor) {
    parts.put(
        "%s %s %s".formatted(role, tensor.getName(), tensor.getShape()),
        Digests.hex(tensor.getSha256()));
  }

  /** Returns the SHA-256 of all. */
  public String sha256() {
    return Digests.hex(Digests.sha256(parts.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
