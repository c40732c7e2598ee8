package dev.rivulet.trainer.method;

import dev.rivulet.trainer.spectrum.RangeFinder;
import dev.rivulet.trainer.tensor.Kernels;

/** AdaRankGrad (arXiv 2410.17881) in overlay form. */
final class AdaRankGrad {
  /*
   * With the factor starting at 0, back-propagation gives it s·QᵀG, the projected gradient, without
   * forming G. At a refresh the ranks follow the spectra; the old overlay is sealed, the new factor
   * starts at 0, and the moments are carried into the new subspace. The sketch has kept QᵀG, so the
   * batch of a refresh trains without a second backward pass.
   *
   * NF4 rounds by a tenth, and what a few steps have changed is mostly less than half the way to the
   * next level: sealed plainly, it would be lost. So over such a base the new factor starts with what
   * rounding has lost, as in LoQT.
   */
  private static final int COMPENSATION = 5;

  private AdaRankGrad() {}

  static Method start(AdaRankGradConfig config, MethodContext context) {
    Kernels kernels = context.kernels();
    RangeFinder rangeFinder =
        new RangeFinder(
            config.maxRank() + config.oversampling(),
            config.powerIterations(),
            config.warmStart(),
            context.seed());
    return new SubspaceDescent(
        new SubspaceParts(
            config.adam(),
            config.scale(),
            rangeFinder,
            schedule(config, context),
            BasisForm.EXACT,
            new MomentCarry(kernels, BasisForm.EXACT, config.moments()),
            merge((float) config.scale(), context),
            true,
            config.residual()),
        context);
  }

  private static RefreshSchedule schedule(AdaRankGradConfig config, MethodContext context) {
    RefreshRule rule = config.refresh();
    return rule.hasTriggers()
        ? new RefreshTriggers(
            context.kernels(), rule, config.energyShare(), context.model().layers())
        : RefreshSchedule.every(rule.every());
  }

  private static LayerMerge merge(float scale, MethodContext context) {
    Kernels kernels = context.kernels();
    SealRounding rounding = context.sealRounding();
    return context.base().isPacked()
        ? new CompensatedMerge(kernels, scale, BasisForm.EXACT, COMPENSATION, rounding)
        : new PlainMerge(kernels, scale, rounding);
  }
}
