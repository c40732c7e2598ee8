package dev.rivulet.ops.ranks;

import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.policy.RankShares;
import dev.rivulet.schemas.policy.ScoredModule;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ranks that layers are given for their scores.
 *
 * @param score what the shares go by
 * @param allocation how they became ranks
 * @param meanRank the mean rank asked for
 * @param layers in the order of the model
 */
record Prediction(Score score, Allocation allocation, int meanRank, List<Layer> layers) {
  private static final MathContext DIGITS = new MathContext(4);

  /**
   * A layer.
   *
   * @param disagreement null where it was not measured
   * @param gradient null where it was not measured
   * @param share of the scores, of its kind or of all layers, as the allocation has it
   * @param allocated the allocation's rank; 0 from the published rule, for a small share
   */
  record Layer(
      ScoredModule module,
      @Nullable Double disagreement,
      @Nullable Double gradient,
      double share,
      int allocated) {

    /** Returns the rank: at least 1, because LoRA needs one. */
    int rank() {
      return Math.max(1, allocated);
    }

    long parameters() {
      return rank() * module.parametersPerRank();
    }

    Map<String, @Nullable Object> fields() {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("layer", module.name());
      fields.put("kind", module.kind());
      fields.put("in", module.in());
      fields.put("out", module.out());
      fields.put("disagreement", disagreement);
      fields.put("gradient", gradient);
      fields.put("share", share);
      fields.put("rank", rank());
      return fields;
    }
  }

  /**
   * Turns scores into ranks.
   *
   * @throws IllegalArgumentException when a score is not finite
   */
  static Prediction of(
      Measurement.Result measured, Score score, Allocation allocation, int meanRank) {
    List<ScoredModule> shared = shares(measured, score, allocation.byKind());
    Map<String, Integer> ranks = allocation.ranks(shared, meanRank);
    return new Prediction(
        score,
        allocation,
        meanRank,
        shared.stream()
            .map(
                module ->
                    new Layer(
                        module,
                        measured.disagreement().get(module.name()),
                        measured.gradient().get(module.name()),
                        module.score(),
                        ranks.getOrDefault(module.name(), 0)))
            .toList());
  }

  /** Returns the layers with the mean of their shares of each score for a score. */
  private static List<ScoredModule> shares(
      Measurement.Result measured, Score score, boolean byKind) {
    List<Map<String, Double>> shares = new ArrayList<>();
    if (score.needsDisagreement()) {
      shares.add(shares(measured.layers(), measured.disagreement(), byKind));
    }
    if (score.needsGradient()) {
      shares.add(shares(measured.layers(), measured.gradient(), byKind));
    }
    return measured.layers().stream()
        .map(
            layer ->
                layer.scored(
                    shares.stream()
                        .mapToDouble(share -> share.getOrDefault(layer.name(), 0.0))
                        .average()
                        .orElse(0)))
        .toList();
  }

  private static Map<String, Double> shares(
      List<ScoredModule> layers, Map<String, Double> scores, boolean byKind) {
    return RankShares.shares(
        layers.stream()
            .map(layer -> layer.scored(scores.getOrDefault(layer.name(), Double.NaN)))
            .toList(),
        byKind);
  }

  /** Returns the rank of each layer, as {@code lora.rankPattern} takes it. */
  Map<String, Integer> pattern() {
    Map<String, Integer> pattern = new LinkedHashMap<>();
    layers.forEach(layer -> pattern.put(layer.module().name(), layer.rank()));
    return pattern;
  }

  /** Returns how many layers the allocation gave no rank. */
  long withoutRank() {
    return layers.stream().filter(layer -> layer.allocated() == 0).count();
  }

  /** Returns the elements of all factors. */
  long parameters() {
    return layers.stream().mapToLong(Layer::parameters).sum();
  }

  private double mean() {
    return layers.stream().mapToInt(Layer::rank).average().orElse(0);
  }

  /** Returns a table for people, and what the ranks come to. */
  String table() {
    List<String> headings = new ArrayList<>(List.of("layer", "kind"));
    if (score.needsDisagreement()) {
      headings.add("disagreement");
    }
    if (score.needsGradient()) {
      headings.add("gradient");
    }
    headings.addAll(List.of("share", "rank"));
    List<List<?>> rows = new ArrayList<>();
    layers.forEach(layer -> rows.add(row(layer)));
    return new TextTable(headings, rows)
        + String.format(
            Locale.ROOT, "%nmean rank %.2f, %,d parameters in factors", mean(), parameters());
  }

  private static List<?> row(Layer layer) {
    List<Object> row = new ArrayList<>(List.of(layer.module().name(), layer.module().kind()));
    if (layer.disagreement() != null) {
      row.add(rounded(layer.disagreement()));
    }
    if (layer.gradient() != null) {
      row.add(rounded(layer.gradient()));
    }
    row.add(layer.share());
    row.add(layer.rank());
    return row;
  }

  private static BigDecimal rounded(double value) {
    return new BigDecimal(value).round(DIGITS);
  }

  /** Returns everything, for programs. */
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("score", score.toString());
    fields.put("allocation", allocation.toString());
    fields.put("rank", meanRank);
    fields.put("meanRank", mean());
    fields.put("parameters", parameters());
    fields.put("layers", layers.stream().map(Layer::fields).toList());
    return fields;
  }
}
