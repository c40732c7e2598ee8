package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.trainer.estimate.BackwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * LoQT (arXiv 2405.16528): low-rank factors of a fixed rank over a quantised weight, merged into it
 * at gaps that grow.
 *
 * @param adam settings of Adam of the factors, and of AdamW for the tensors trained whole
 * @param rank rank of every layer, or its shorter side where that is less
 * @param scale scale s of the overlay
 * @param tau steps to the first merge, and the constant part of every later gap
 * @param psi base of the part that grows: merge k + 1 comes tau + ⌊psiᵏ⌋ steps after merge k; 0 for
 *     equal gaps
 * @param maxGap most steps between merges
 * @param compensation iterations of the error compensation; 0 for none
 * @param quantizeBasis whether the basis is rounded to NF4 where the weights are kept in it
 * @param moments what becomes of Adam's moments at a merge
 * @param oversampling extra columns of the range finder
 * @param powerIterations power iterations of the range finder
 */
public record LoqtConfig(
    AdamWConfig adam,
    int rank,
    double scale,
    int tau,
    double psi,
    OptionalInt maxGap,
    int compensation,
    boolean quantizeBasis,
    MomentPolicy moments,
    int oversampling,
    int powerIterations)
    implements MethodConfig {
  /** The paper's settings, with a rank and a scale that suit fine-tuning of small encoders. */
  public static final LoqtConfig DEFAULT =
      new LoqtConfig(
          AdamWConfig.DEFAULT,
          32,
          2.0,
          100,
          1.2,
          OptionalInt.empty(),
          5,
          true,
          MomentPolicy.TRANSPORT,
          8,
          1);

  @Override
  public String name() {
    return "loqt";
  }

  @Override
  public Map<String, Object> settings() {
    Map<String, Object> settings = new TreeMap<>(adam.settings());
    settings.put("loqt.rank", rank);
    settings.put("loqt.scale", scale);
    settings.put("loqt.tau", tau);
    settings.put("loqt.psi", psi);
    maxGap.ifPresent(gap -> settings.put("loqt.maxGap", gap));
    settings.put("loqt.compensation", compensation);
    settings.put("loqt.quantizeBasis", quantizeBasis);
    settings.put("loqt.moments", moments.name().toLowerCase(Locale.ROOT));
    settings.put("loqt.oversampling", oversampling);
    settings.put("loqt.powerIterations", powerIterations);
    return settings;
  }

  /** Returns the policy of one rank: the spectra are published, and the answer is known. */
  @Override
  public Optional<RankPolicy> rankPolicy() {
    return Optional.of(new RankPolicy(1.0, rank, rank, 0.0, null));
  }

  @Override
  public Method start(MethodContext context) {
    return Loqt.start(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    return BackwardMemory.oneFactor(plan, rank, oversampling).estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.overlays(rank, 1);
  }

  @Override
  public List<BaseForm> bases() {
    return List.of(BaseForm.NF4, BaseForm.NF4_DQ);
  }
}
