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
   */
  private AdaRankGrad() {}

  static Method start(AdaRankGradConfig config, Subject subject) {
    Kernels kernels = subject.kernels();
    RangeFinder rangeFinder =
        new RangeFinder(
            config.maxRank() + config.oversampling(),
            config.powerIterations(),
            config.warmStart(),
            subject.seed());
    return new SubspaceDescent(
        new SubspaceParts(
            config.adam(),
            config.scale(),
            rangeFinder,
            schedule(config, subject),
            BasisForm.EXACT,
            new MomentCarry(kernels, config.moments()),
            new PlainMerge(kernels, (float) config.scale()),
            true),
        subject);
  }

  private static RefreshSchedule schedule(AdaRankGradConfig config, Subject subject) {
    RefreshRule rule = config.refresh();
    return rule.hasTriggers()
        ? new RefreshTriggers(
            subject.kernels(), rule, config.energyShare(), subject.model().layers())
        : RefreshSchedule.every(rule.every());
  }
}
