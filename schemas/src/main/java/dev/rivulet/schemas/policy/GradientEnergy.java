package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.Spectrum;
import java.util.List;

/**
 * The energy of a layer's gradient by rank: the running sum of its squared singular values, as
 * shares of the squared Frobenius norm.
 *
 * <p>The norm is exact, the values are those that were sketched, so the shares may end below 1.
 */
final class GradientEnergy {
  private final double[] shares; // [sketched + 1], shares[r] is captured by rank r
  private final boolean measured;

  private GradientEnergy(double[] shares, boolean measured) {
    this.shares = shares;
    this.measured = measured;
  }

  static GradientEnergy of(Spectrum spectrum) {
    List<Float> sigma = spectrum.getSingularValues();
    double total = spectrum.getTotalEnergy();
    double[] shares = new double[sigma.size() + 1];
    double captured = 0;
    for (int r = 1; r < shares.length; r++) {
      double value = sigma.get(r - 1);
      captured += value * value;
      shares[r] = Math.min(1, captured / total);
    }
    boolean measured = total > 0 && Double.isFinite(total) && Double.isFinite(captured);
    return new GradientEnergy(measured ? shares : new double[shares.length], measured);
  }

  /** Returns whether there is any energy, and all of it finite; without, every share is 0. */
  boolean isMeasured() {
    return measured;
  }

  /** Returns the number of singular values that were sketched. */
  int sketched() {
    return shares.length - 1;
  }

  /** Returns the share, in [0, 1], that a rank captures. */
  double share(int rank) {
    return shares[Math.min(rank, sketched())];
  }

  /** Returns the share that the next rank after this one adds. */
  double gain(int rank) {
    return share(rank + 1) - share(rank);
  }

  /** Returns the smallest rank that captures a share, or one more than sketched if none does. */
  int smallestRank(double share) {
    int rank = 1;
    while (rank <= sketched() && shares[rank] < share) {
      rank++;
    }
    return rank;
  }
}
