package dev.rivulet.ops.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.trainer.eval.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The differences between two checkpoints of a run.
 *
 * @param common the newest common ancestor; null when there is none
 * @param settings settings, position and provenance with different values, by name
 * @param metrics metrics that both have, by name
 * @param ranks different ranks, by layer; null for a layer without an overlay
 * @param sealed number of factors sealed since the common ancestor, by layer
 * @param tensors different open factors and dense tensors, by name
 */
record CheckpointDiff(
    Manifest a,
    Manifest b,
    @Nullable String common,
    Map<String, Pair> settings,
    Map<String, Pair> metrics,
    Map<String, Pair> ranks,
    Map<String, Pair> sealed,
    Map<String, String> tensors) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LOSS = "loss";

  /** A value in each of the two checkpoints. */
  record Pair(@Nullable Object a, @Nullable Object b) {
    boolean differ() {
      return !Objects.equals(a, b);
    }
  }

  static CheckpointDiff of(CheckpointLog log, Manifest a, Manifest b) {
    List<Manifest> lineageOfA = log.lineage(a);
    List<Manifest> lineageOfB = log.lineage(b);
    int shared = 0;
    while (shared < Math.min(lineageOfA.size(), lineageOfB.size())
        && lineageOfA.get(shared).getCheckpoint().equals(lineageOfB.get(shared).getCheckpoint())) {
      shared++;
    }
    return new CheckpointDiff(
        a,
        b,
        shared == 0 ? null : lineageOfA.get(shared - 1).getCheckpoint(),
        differing(settings(a), settings(b)),
        metrics(a, b),
        differing(a.getRanks(), b.getRanks()),
        differing(
            sealed(lineageOfA.subList(shared, lineageOfA.size())),
            sealed(lineageOfB.subList(shared, lineageOfB.size()))),
        tensors(a, b));
  }

  private static Map<String, Object> settings(Manifest manifest) {
    Map<String, Object> settings = new TreeMap<>();
    try {
      settings.putAll(
          JSON.readValue(manifest.getConfig(), new TypeReference<Map<String, Object>>() {}));
    } catch (JsonProcessingException e) {
      throw new DamageException(
          "the settings of checkpoint %s are not JSON".formatted(manifest.getCheckpoint()), e);
    }
    settings.put("epoch", manifest.getEpoch());
    settings.put("step", manifest.getStep());
    settings.put("next batch", CheckpointDetails.offsets(manifest.getOffsets()));
    settings.put("skipped", CheckpointDetails.skips(manifest.getSkips()));
    settings.put("learning rate scale", manifest.getLearningRateScale());
    settings.put("made by", manifest.getProvenance().getCodeVersion());
    settings.put("Java", manifest.getProvenance().getJavaVersion());
    settings.put("system", manifest.getProvenance().getOs());
    settings.put("engine", manifest.getProvenance().getEngine());
    settings.put("device", manifest.getProvenance().getDevice());
    return settings;
  }

  private static Map<String, Pair> differing(Map<String, ?> ofA, Map<String, ?> ofB) {
    Map<String, Pair> pairs = new TreeMap<>();
    Set<String> names = new TreeSet<>(ofA.keySet());
    names.addAll(ofB.keySet());
    for (String name : names) {
      Pair pair = new Pair(ofA.get(name), ofB.get(name));
      if (pair.differ()) {
        pairs.put(name, pair);
      }
    }
    return pairs;
  }

  private static Map<String, Pair> metrics(Manifest a, Manifest b) {
    Map<String, Pair> metrics = new TreeMap<>();
    a.getMetrics()
        .forEach(
            (name, value) -> {
              Double other = b.getMetrics().get(name);
              if (other != null && (name.equals(LOSS) || Metric.keys().contains(name))) {
                metrics.put(name, new Pair(value, other));
              }
            });
    return metrics;
  }

  private static Map<String, Integer> sealed(List<Manifest> line) {
    Map<String, Integer> sealed = new TreeMap<>();
    line.forEach(it -> it.getSealed().forEach(f -> sealed.merge(f.getLayer(), 1, Integer::sum)));
    return sealed;
  }

  private static Map<String, String> tensors(Manifest a, Manifest b) {
    Map<String, String> ofA = hashes(a);
    Map<String, String> ofB = hashes(b);
    Map<String, String> tensors = new TreeMap<>();
    differing(ofA, ofB)
        .forEach(
            (name, pair) ->
                tensors.put(
                    name,
                    pair.a() == null
                        ? "only in " + b.getCheckpoint()
                        : pair.b() == null ? "only in " + a.getCheckpoint() : "changed"));
    return tensors;
  }

  /** Returns the hashes of the open factors and dense tensors, by name. */
  private static Map<String, String> hashes(Manifest manifest) {
    Map<String, String> hashes = new TreeMap<>();
    for (Factor open : manifest.getOpen()) {
      hashes.put(open.getLayer() + ".L", hash(open.getLeft()));
      hashes.put(open.getLayer() + ".R", hash(open.getRight()));
    }
    manifest.getDense().forEach(dense -> hashes.put(dense.getName(), hash(dense)));
    return hashes;
  }

  private static String hash(TensorRef tensor) {
    return Digests.hex(tensor.getSha256());
  }

  /** Returns the differences for JSON. */
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", a.getRun());
    fields.put("a", a.getCheckpoint());
    fields.put("b", b.getCheckpoint());
    fields.put("common", common);
    fields.put("settings", settings);
    fields.put("metrics", metrics);
    fields.put("ranks", ranks);
    fields.put("sealed", sealed);
    fields.put("tensors", tensors);
    return fields;
  }

  /** Returns the differences as text. */
  String text() {
    List<String> parts = new ArrayList<>();
    parts.add(
        "run %s: %s and %s, common ancestor %s"
            .formatted(a.getRun(), a.getCheckpoint(), b.getCheckpoint(), common));
    add(parts, "", settings);
    add(parts, "metrics\n", metrics);
    add(parts, "ranks\n", ranks);
    add(parts, "factors sealed since %s%n".formatted(common), sealed);
    long all = ManifestTensors.current(a).count();
    parts.add(
        tensors.isEmpty()
            ? "the same open factors and dense tensors (%d)".formatted(all)
            : "different open factors and dense tensors\n"
                + new TextTable(
                    List.of("tensor", ""),
                    tensors.entrySet().stream()
                        .map(entry -> List.of(entry.getKey(), entry.getValue()))
                        .collect(Collectors.toList())));
    return String.join("\n\n", parts);
  }

  private void add(List<String> parts, String heading, Map<String, Pair> pairs) {
    if (!pairs.isEmpty()) {
      List<List<?>> rows = new ArrayList<>();
      pairs.forEach((name, pair) -> rows.add(Arrays.asList(name, pair.a(), pair.b())));
      parts.add(heading + new TextTable(List.of("", a.getCheckpoint(), b.getCheckpoint()), rows));
    }
  }
}
