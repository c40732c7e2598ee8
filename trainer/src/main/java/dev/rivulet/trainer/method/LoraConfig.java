package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.estimate.BackwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import dev.rivulet.trainer.factor.LinearLayer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * LoRA (Hu et al., arXiv 2106.09685): a frozen base, and a low-rank overlay of which both factors
 * are trained; of one rank, or of one for each layer, as AdaRank (arXiv 2408.09015) finds them.
 *
 * @param adam settings of Adam for all that is trained
 * @param rank rank of every layer, where there is no pattern
 * @param alpha numerator of the overlays' scales
 * @param scaling denominator of the scales
 * @param rankPattern rank by name of the layer; empty for one rank
 * @param targets kinds of the layers that get an overlay; empty for all
 */
public record LoraConfig(
    AdamWConfig adam,
    int rank,
    double alpha,
    LoraScaling scaling,
    Map<String, Integer> rankPattern,
    List<String> targets)
    implements MethodConfig {
  /** The defaults that the field uses. */
  public static final LoraConfig DEFAULT =
      new LoraConfig(AdamWConfig.DEFAULT, 8, 16, LoraScaling.RANK, Map.of(), List.of());

  private static final int MOST_PROBLEMS = 5;

  public LoraConfig {
    rankPattern = Map.copyOf(rankPattern);
    targets = List.copyOf(targets);
  }

  @Override
  public String name() {
    return "lora";
  }

  @Override
  public Map<String, Object> settings() {
    Map<String, Object> settings = new TreeMap<>(adam.settings());
    settings.put("lora.alpha", alpha);
    settings.put("lora.scaling", scaling.name());
    settings.put("lora.targets", targets);
    if (rankPattern.isEmpty()) {
      settings.put("lora.rank", rank);
    }
    rankPattern.forEach((layer, ofLayer) -> settings.put("lora.rankPattern." + layer, ofLayer));
    return settings;
  }

  /** Returns the mean rank. */
  public double meanRank() {
    return rankPattern.values().stream().mapToInt(ofLayer -> ofLayer).average().orElse(rank);
  }

  /** Returns the scale s of a layer's overlay. */
  double scale(int rankOfLayer) {
    return alpha
        / switch (scaling) {
          case RANK -> rankOfLayer;
          case MEAN_RANK -> meanRank();
          case ROOT_RANK -> Math.sqrt(rankOfLayer);
        };
  }

  /**
   * Returns the layers that get an overlay.
   *
   * @throws UsageException when the model has no layers of a target kind
   */
  public List<LinearLayer> targeted(List<LinearLayer> layers) {
    Set<String> kinds =
        layers.stream().map(LinearLayer::kind).collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> unknown = targets.stream().filter(target -> !kinds.contains(target)).toList();
    if (!unknown.isEmpty()) {
      throw new UsageException(
          "lora.targets: the model has no layers of kind %s; it has %s"
              .formatted(String.join(", ", unknown), String.join(", ", kinds)));
    }
    return targets.isEmpty()
        ? layers
        : layers.stream().filter(layer -> targets.contains(layer.kind())).toList();
  }

  /**
   * Returns the rank of each layer that gets an overlay, in the order of the layers.
   *
   * @throws UsageException when ranks and layers do not fit; the message names them
   */
  Map<LinearLayer, Integer> ranks(List<LinearLayer> layers) {
    Map<LinearLayer, Integer> ranks = new LinkedHashMap<>();
    Map<String, Integer> left = new TreeMap<>(rankPattern);
    List<String> problems = new ArrayList<>();
    for (LinearLayer layer : targeted(layers)) {
      Integer ofLayer = rankPattern.isEmpty() ? Integer.valueOf(rank) : left.remove(layer.name());
      if (ofLayer == null) {
        problems.add("layer %s has no rank".formatted(layer.name()));
      } else if (ofLayer < 1 || ofLayer > layer.shortSide()) {
        problems.add(
            "layer %s cannot have rank %d: its weight is %d x %d, use 1 to %d"
                .formatted(layer.name(), ofLayer, layer.in(), layer.out(), layer.shortSide()));
      } else {
        ranks.put(layer, ofLayer);
      }
    }
    left.keySet().forEach(name -> problems.add("no layer that is a target is called " + name));
    if (!problems.isEmpty()) {
      throw new UsageException(
          "lora.%s does not fit the model: %s"
              .formatted(rankPattern.isEmpty() ? "rank" : "rankPattern", summary(problems)));
    }
    return ranks;
  }

  private static String summary(List<String> problems) {
    String first = problems.stream().limit(MOST_PROBLEMS).collect(Collectors.joining("; "));
    int more = problems.size() - MOST_PROBLEMS;
    return more > 0 ? "%s; and %d more".formatted(first, more) : first;
  }

  @Override
  public Method start(MethodContext context) {
    return new Lora(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    return BackwardMemory.bothFactors(plan, (int) Math.ceil(meanRank())).estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.overlays((int) Math.ceil(meanRank()), 2);
  }
}
