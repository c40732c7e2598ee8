package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.console.Sizes;
import dev.rivulet.ops.console.TextTable;
import dev.rivulet.rankmonitor.stability.StabilityConfig;
import dev.rivulet.rankmonitor.stability.StabilityReplay;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.trainer.eval.Metric;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a run, one per row, in the order of its history.
 *
 * @param metric the metric of the table; empty when no checkpoint has one
 */
record CheckpointTable(Optional<Metric> metric, List<Row> rows) {
  private static final List<Metric> PREFERRED =
      List.of(Metric.ACCURACY, Metric.PERPLEXITY, Metric.EVAL_LOSS);

  /**
   * A checkpoint.
   *
   * @param newBytes bytes written with this checkpoint, without those that older checkpoints refer
   *     to
   * @param wholeBytes bytes that a resume reads, without the base model
   * @param rank mean over the layers with an overlay; null without overlays
   * @param standing {@code stable}, {@code unproven} or {@code alarmed}, by the steps after the
   *     checkpoint; {@code superseded} after a rollback to an older one; null when the steps are
   *     gone
   */
  record Row(
      Manifest manifest,
      long newBytes,
      long wholeBytes,
      @Nullable Double rank,
      @Nullable String standing) {}

  /**
   * Returns the table.
   *
   * @param steps of the run, in the order of the log
   * @param stability the monitor's rules
   */
  static CheckpointTable of(CheckpointLog log, List<Step> steps, StabilityConfig stability) {
    StabilityReplay replay = new StabilityReplay(stability);
    steps.forEach(replay::observe);
    List<Manifest> history =
        log.manifests().values().stream().sorted(CheckpointLog.HISTORY).toList();
    Set<String> surviving = new HashSet<>();
    log.newest().ifPresent(it -> log.lineage(it).forEach(m -> surviving.add(m.getCheckpoint())));
    Set<List<Object>> written = new HashSet<>();
    Map<String, Long> lasting = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    for (Manifest manifest : history) {
      long lastingBytes =
          lasting.getOrDefault(String.valueOf(manifest.getParent()), 0L)
              + ManifestTensors.bytes(ManifestTensors.lasting(manifest));
      lasting.put(manifest.getCheckpoint(), lastingBytes);
      Stream<TensorRef> own =
          Stream.concat(ManifestTensors.current(manifest), manifest.getState().stream());
      rows.add(
          new Row(
              manifest,
              newBytes(manifest, written),
              lastingBytes + ManifestTensors.bytes(own),
              meanRank(manifest.getRanks().values()),
              surviving.contains(manifest.getCheckpoint())
                  ? replay
                      .standing(manifest.getStep())
                      .map(standing -> standing.name().toLowerCase(Locale.ROOT))
                      .orElse(null)
                  : "superseded"));
    }
    return new CheckpointTable(metric(history), rows);
  }

  private static long newBytes(Manifest manifest, Set<List<Object>> written) {
    return ManifestTensors.all(manifest)
        .flatMap(tensor -> tensor.getChunks().stream())
        .filter(at -> written.add(List.of(at.getTopic(), at.getPartition(), at.getOffset())))
        .mapToLong(ChunkRef::getSize)
        .sum();
  }

  static @Nullable Double meanRank(Collection<Integer> ranks) {
    return ranks.isEmpty()
        ? null
        : ranks.stream().mapToInt(Integer::intValue).average().orElseThrow();
  }

  private static Optional<Metric> metric(List<Manifest> history) {
    return PREFERRED.stream()
        .filter(it -> history.stream().anyMatch(m -> m.getMetrics().containsKey(it.key())))
        .findFirst();
  }

  /** Returns the table as text. */
  TextTable text() {
    List<List<?>> cells = new ArrayList<>();
    for (Row row : rows) {
      Manifest manifest = row.manifest();
      cells.add(
          Arrays.asList(
              manifest.getCheckpoint(),
              manifest.getParent(),
              manifest.getEpoch(),
              manifest.getStep(),
              manifest.getCause().name().toLowerCase(Locale.ROOT),
              manifest.getTimestamp().truncatedTo(ChronoUnit.SECONDS),
              Sizes.bytes(row.newBytes()),
              Sizes.bytes(row.wholeBytes()),
              row.rank() == null ? null : String.format(Locale.ROOT, "%.1f", row.rank()),
              metric.map(it -> manifest.getMetrics().get(it.key())).orElse(null),
              row.standing()));
    }
    return new TextTable(
        List.of(
            "checkpoint",
            "parent",
            "epoch",
            "step",
            "cause",
            "committed",
            "new",
            "whole",
            "rank",
            metric.map(Metric::key).orElse("metric"),
            "standing"),
        cells);
  }

  /** Returns the fields of a row for JSON. */
  static Map<String, @Nullable Object> fields(Row row) {
    Manifest manifest = row.manifest();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", manifest.getRun());
    fields.put("checkpoint", manifest.getCheckpoint());
    fields.put("parent", manifest.getParent());
    fields.put("epoch", manifest.getEpoch());
    fields.put("step", manifest.getStep());
    fields.put("cause", manifest.getCause().name());
    fields.put("committed", manifest.getTimestamp().toString());
    fields.put("newBytes", row.newBytes());
    fields.put("wholeBytes", row.wholeBytes());
    fields.put("meanRank", row.rank());
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (Metric known : Metric.values()) {
      Double value = manifest.getMetrics().get(known.key());
      if (value != null) {
        metrics.put(known.key(), value);
      }
    }
    fields.put("metrics", metrics);
    fields.put("standing", row.standing());
    return fields;
  }
}
