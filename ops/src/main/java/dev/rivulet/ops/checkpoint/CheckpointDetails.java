package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.console.RecordJson;
import dev.rivulet.ops.console.Sizes;
import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.AppliedRank;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.trainer.eval.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The contents of a checkpoint.
 *
 * @param lineage its ancestors and the checkpoint, the run's first checkpoint first
 */
record CheckpointDetails(Manifest manifest, List<Manifest> lineage) {
  private static final int HASH_DIGITS = 12;

  static CheckpointDetails of(CheckpointLog log, Manifest manifest) {
    return new CheckpointDetails(manifest, log.lineage(manifest));
  }

  /** Returns the manifest and what each ancestor adds, for JSON. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("manifest", RecordJson.of(manifest));
    List<Map<String, Object>> ancestors = new ArrayList<>();
    for (Manifest ancestor : lineage) {
      Map<String, Object> of = new LinkedHashMap<>();
      of.put("checkpoint", ancestor.getCheckpoint());
      of.put("epoch", ancestor.getEpoch());
      of.put("step", ancestor.getStep());
      of.put("cause", ancestor.getCause().name());
      of.put("sealed", RecordJson.of(ancestor.getSealed()));
      of.put("scalars", RecordJson.of(ancestor.getScalars()));
      of.put("decisions", RecordJson.of(ancestor.getDecisions()));
      ancestors.add(of);
    }
    fields.put("lineage", ancestors);
    return fields;
  }

  /** Returns the same as text. */
  String text() {
    List<String> parts = new ArrayList<>();
    parts.add(
        "run %s, checkpoint %s, step %d of epoch %d%n%s"
            .formatted(
                manifest.getRun(),
                manifest.getCheckpoint(),
                manifest.getStep(),
                manifest.getEpoch(),
                facts()));
    parts.add("lineage\n" + lineageTable());
    TextTable decisions = decisionTable();
    if (!decisions.rows().isEmpty()) {
      parts.add("applied ranks\n" + decisions);
    }
    parts.add("tensors\n" + tensorTable());
    return String.join("\n\n", parts);
  }

  private String facts() {
    Provenance by = manifest.getProvenance();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("committed", manifest.getTimestamp().toString());
    facts.put("cause", manifest.getCause().name().toLowerCase(Locale.ROOT));
    facts.put("base", "%s, SHA-256 %s".formatted(manifest.getModel(), manifest.getBaseSha256()));
    facts.put(
        "settings", "%s, SHA-256 %s".formatted(manifest.getMethod(), manifest.getConfigSha256()));
    if (!manifest.getLabels().isEmpty()) {
      facts.put("labels", String.join(", ", manifest.getLabels()));
    }
    facts.put("next batch", offsets(manifest.getOffsets()));
    facts.put("skipped", skips(manifest.getSkips()));
    facts.put("learning rate", "scale %s".formatted(manifest.getLearningRateScale()));
    facts.put("made by", "Rivulet %s, Java %s".formatted(by.getCodeVersion(), by.getJavaVersion()));
    facts.put("on", by.getOs());
    facts.put(
        "engine",
        "%s, %s, %d threads, %s, seed %d"
            .formatted(
                by.getEngine(), by.getDevice(), by.getThreads(), by.getPrecision(), by.getSeed()));
    for (Metric metric : Metric.values()) {
      Double value = manifest.getMetrics().get(metric.key());
      if (value != null) {
        facts.put(metric.key(), "%.6g".formatted(value));
      }
    }
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    return facts.entrySet().stream()
        .map(fact -> ("%-" + width + "s  %s").formatted(fact.getKey(), fact.getValue()))
        .collect(Collectors.joining("\n"));
  }

  static String offsets(List<TopicOffset> offsets) {
    return offsets.stream()
        .map(at -> "%s[%d] %d".formatted(at.getTopic(), at.getPartition(), at.getOffset()))
        .collect(Collectors.joining(", "));
  }

  static String skips(List<SkipRange> skips) {
    return skips.isEmpty()
        ? "nothing"
        : skips.stream()
            .map(
                skip ->
                    "%s[%d] %d-%d"
                        .formatted(
                            skip.getTopic(), skip.getPartition(), skip.getFrom(), skip.getTo() - 1))
            .collect(Collectors.joining(", "));
  }

  private TextTable lineageTable() {
    List<List<?>> rows = new ArrayList<>();
    for (Manifest ancestor : lineage) {
      rows.add(
          List.of(
              ancestor.getCheckpoint(),
              ancestor.getStep(),
              ancestor.getCause().name().toLowerCase(Locale.ROOT),
              ancestor.getSealed().size(),
              Sizes.bytes(ManifestTensors.bytes(ManifestTensors.lasting(ancestor)))));
    }
    return new TextTable(List.of("checkpoint", "step", "cause", "sealed factors", "bytes"), rows);
  }

  private TextTable decisionTable() {
    Map<Long, List<AppliedRank>> byStep = new TreeMap<>();
    for (Manifest ancestor : lineage) {
      for (AppliedRank applied : ancestor.getDecisions()) {
        byStep.computeIfAbsent(applied.getStep(), step -> new ArrayList<>()).add(applied);
      }
    }
    List<List<?>> rows = new ArrayList<>();
    byStep.forEach(
        (step, applied) -> {
          IntSummaryStatistics ranks =
              applied.stream().mapToInt(AppliedRank::getRank).summaryStatistics();
          rows.add(
              List.of(
                  applied.get(0).getRefresh(),
                  step,
                  applied.size(),
                  ranks.getMin(),
                  "%.1f".formatted(ranks.getAverage()),
                  ranks.getMax(),
                  applied.stream().anyMatch(AppliedRank::getFallback) ? "trainer" : "monitor"));
        });
    return new TextTable(
        List.of("refresh", "step", "layers", "min", "mean", "max", "decided by"), rows);
  }

  private TextTable tensorTable() {
    List<List<?>> rows = new ArrayList<>();
    factors("sealed", manifest.getSealed(), rows);
    factors("open", manifest.getOpen(), rows);
    manifest.getDense().forEach(tensor -> rows.add(row("dense", tensor)));
    if (manifest.getScalars() != null) {
      rows.add(row("scalars", manifest.getScalars()));
    }
    manifest.getState().forEach(tensor -> rows.add(row("state", tensor)));
    return new TextTable(
        List.of("role", "tensor", "type", "shape", "bytes", "location", "sha-256"), rows);
  }

  private static void factors(String role, List<Factor> factors, List<List<?>> rows) {
    for (Factor factor : factors) {
      rows.add(row(role, factor.getLeft()));
      rows.add(row(role, factor.getRight()));
    }
  }

  private static List<?> row(String role, TensorRef tensor) {
    return Arrays.asList(
        role,
        tensor.getName(),
        tensor.getDtype(),
        tensor.getShape(),
        ManifestTensors.bytes(Stream.of(tensor)),
        place(tensor.getChunks()),
        Digests.hex(tensor.getSha256()).substring(0, HASH_DIGITS));
  }

  private static String place(List<ChunkRef> chunks) {
    if (chunks.isEmpty()) {
      return "none";
    }
    ChunkRef first = chunks.get(0);
    ChunkRef last = chunks.get(chunks.size() - 1);
    return "%s[%d] %d%s"
        .formatted(
            first.getTopic(),
            first.getPartition(),
            first.getOffset(),
            chunks.size() == 1 ? "" : "-" + last.getOffset());
  }
}
