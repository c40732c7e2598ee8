package dev.rivulet.trainer.spectrum;

import java.util.OptionalDouble;

/**
 * The spectrum of one layer's gradient at a refresh, and what rank stands for there.
 *
 * @param layer name of the layer
 * @param kind kind of the layer
 * @param in input width
 * @param out output width
 * @param singularValues descending
 * @param energy ‖G‖²_F
 * @param rank rank in force; 0 at the first refresh
 * @param overlap ‖Q′ᵀQ‖²_F / rank of the new basis' first {@code rank} columns with the old basis
 * @param residualShare share of the energy outside the old basis, 1 − ‖QᵀG‖²/‖G‖²
 * @param bytesPerRank bytes that one unit of rank costs in this layer
 */
public record LayerSpectrum(
    String layer,
    String kind,
    int in,
    int out,
    float[] singularValues,
    double energy,
    int rank,
    OptionalDouble overlap,
    OptionalDouble residualShare,
    long bytesPerRank) {

  /**
   * Returns the share of energy that lies outside of a basis; 0 where there is no energy.
   *
   * @param captured ‖QᵀG‖²_F
   * @param energy ‖G‖²_F
   */
  public static double residualShare(double captured, double energy) {
    return energy > 0 ? 1 - captured / energy : 0;
  }

  /** Returns the effective rank: exp of the entropy of σᵢ/Σσ. */
  public double effectiveRank() {
    double sum = 0;
    for (float sigma : singularValues) {
      sum += sigma;
    }
    double entropy = 0;
    for (float sigma : singularValues) {
      if (sigma > 0) {
        double share = sigma / sum;
        entropy -= share * Math.log(share);
      }
    }
    return sum > 0 ? Math.exp(entropy) : 0;
  }

  /** Returns the stable rank: ‖G‖²_F / σ₁². */
  public double stableRank() {
    double largest = singularValues[0];
    return largest > 0 ? energy / (largest * largest) : 0;
  }
}
