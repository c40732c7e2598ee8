package dev.rivulet.ops.status.board;

import dev.rivulet.ops.status.board.RunSummary.Waiting;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The layers of a run by name, and their current ranks. */
final class Layers {
  private final Map<String, LayerHistory> layers = new TreeMap<>();
  private final Map<String, Integer> ranks = new HashMap<>();

  void apply(Spectrum spectrum) {
    layer(spectrum.getLayer()).apply(spectrum);
  }

  void apply(RankDecision decision) {
    layer(decision.getLayer()).apply(decision);
  }

  void apply(Step step, Map<String, Integer> applied) {
    applied.forEach((layer, rank) -> layer(layer).apply(step, rank));
    ranks.putAll(applied);
  }

  void prune(HistoryLine line) {
    ranks.clear();
    layers.forEach(
        (name, layer) -> {
          layer.prune(line);
          Integer rank = layer.appliedRank();
          if (rank != null) {
            ranks.put(name, rank);
          }
        });
  }

  private LayerHistory layer(String name) {
    return layers.computeIfAbsent(name, LayerHistory::new);
  }

  /** Returns the mean of the current ranks; null before the first refresh. */
  @Nullable Double meanRank() {
    OptionalDouble mean = ranks.values().stream().mapToInt(Integer::intValue).average();
    return mean.isPresent() ? mean.getAsDouble() : null;
  }

  /** Returns the newest refresh if it is later than a step and decisions are missing. */
  @Nullable Waiting waiting(long after) {
    long step = layers.values().stream().mapToLong(LayerHistory::spectrumStep).max().orElse(-1);
    if (step <= after) {
      return null;
    }
    int asked = count(layer -> layer.spectrumStep() == step);
    int decided = count(layer -> layer.spectrumStep() == step && layer.hasRankAt(step));
    return decided == asked ? null : new Waiting(step, asked, decided);
  }

  private int count(Predicate<LayerHistory> which) {
    return (int) layers.values().stream().filter(which).count();
  }

  Map<String, Integer> ranks() {
    return Map.copyOf(ranks);
  }

  List<LayerView> outlines() {
    return layers.values().stream().map(LayerHistory::outline).toList();
  }

  Optional<LayerView> view(String name) {
    return Optional.ofNullable(layers.get(name)).map(LayerHistory::view);
  }
}
