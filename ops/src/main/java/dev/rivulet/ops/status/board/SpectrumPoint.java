package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Spectrum;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradient spectrum of one layer at a refresh.
 *
 * @param rank rank before the refresh; 0 at the first refresh
 * @param singularValues leading singular values, descending
 * @param totalEnergy squared Frobenius norm of the gradient
 * @param overlap of the new and the old basis, in [0, 1]; null at the first refresh
 * @param residualShare share of the energy outside the old basis; null at the first refresh
 * @param energyShare share of the energy that the rank must capture
 */
public record SpectrumPoint(
    int epoch,
    long step,
    int refresh,
    int rank,
    List<Float> singularValues,
    double totalEnergy,
    double effectiveRank,
    double stableRank,
    @Nullable Double overlap,
    @Nullable Double residualShare,
    double energyShare,
    int minRank,
    int maxRank)
    implements Placed {

  static SpectrumPoint of(Spectrum spectrum) {
    return new SpectrumPoint(
        spectrum.getEpoch(),
        spectrum.getStep(),
        spectrum.getRefresh(),
        spectrum.getRank(),
        List.copyOf(spectrum.getSingularValues()),
        spectrum.getTotalEnergy(),
        spectrum.getEffectiveRank(),
        spectrum.getStableRank(),
        spectrum.getOverlap(),
        spectrum.getResidualShare(),
        spectrum.getPolicy().getEnergyShare(),
        spectrum.getPolicy().getMinRank(),
        spectrum.getPolicy().getMaxRank());
  }
}
