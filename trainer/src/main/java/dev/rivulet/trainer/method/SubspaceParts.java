package dev.rivulet.trainer.method;

import dev.rivulet.trainer.spectrum.RangeFinder;

/**
 * What sets one method of {@link SubspaceDescent} apart from another.
 *
 * @param adam settings of Adam in the subspaces, and of AdamW for the tensors trained whole
 * @param scale s of the overlays
 * @param rangeFinder finds the bases
 * @param schedule when the bases are refreshed
 * @param basisForm how they are kept
 * @param moments how Adam's moments come along
 * @param merge how a layer goes to its next overlay
 * @param stepsAtRefresh whether the batch of a refresh takes an optimizer step too
 * @param residual what becomes of what the bases do not reach; without a step at the refresh, none
 */
record SubspaceParts(
    AdamWConfig adam,
    double scale,
    RangeFinder rangeFinder,
    RefreshSchedule schedule,
    BasisForm basisForm,
    MomentCarry moments,
    LayerMerge merge,
    boolean stepsAtRefresh,
    ResidualPolicy residual) {}
