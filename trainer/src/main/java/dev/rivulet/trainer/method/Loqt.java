package dev.rivulet.trainer.method;

import dev.rivulet.trainer.spectrum.RangeFinder;
import dev.rivulet.trainer.tensor.Kernels;

/** LoQT (arXiv 2405.16528) in overlay form. */
final class Loqt {
  /*
   * y = x·(W + s·P·B): W in NF4, P the leading left singular vectors of one batch's gradient (in NF4
   * too), B trained. At a merge the overlay is added to W, which is rounded again, and the new P
   * starts with the B that compensates for the rounding. The batch of a merge takes no optimizer step.
   *
   * Two choices where the authors' code has none or a mistake: the moments of B are carried into the
   * new subspace, where stale ones would move the new B in directions of the old; and the bound on
   * the gaps bounds the gap, not the step.
   *
   * The first basis needs no compensation: the weights were rounded when they were loaded.
   */
  private Loqt() {}

  static Method start(LoqtConfig config, MethodContext context) {
    Kernels kernels = context.kernels();
    RangeFinder rangeFinder =
        new RangeFinder(
            config.rank() + config.oversampling(), config.powerIterations(), false, context.seed());
    BasisForm basisForm =
        config.quantizeBasis() && context.base().isPacked() ? BasisForm.NF4 : BasisForm.EXACT;
    return new SubspaceDescent(
        new SubspaceParts(
            config.adam(),
            config.scale(),
            rangeFinder,
            RefreshSchedule.growing(config.tau(), config.psi(), config.maxGap()),
            basisForm,
            new MomentCarry(kernels, basisForm, config.moments()),
            new CompensatedMerge(
                kernels,
                (float) config.scale(),
                basisForm,
                config.compensation(),
                context.sealRounding()),
            false,
            ResidualPolicy.NONE),
        context);
  }
}
