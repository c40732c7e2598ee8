package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.Spectrum;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A builder of the spectra that a trainer publishes in one refresh. */
public record Spectra(
    String run, int epoch, int refresh, int layers, RankPolicy policy, int previousRank) {

  public static final RankPolicy POLICY = policy(0.9, 1, 32, 0, null);

  public static RankPolicy policy(
      double energyShare, int minRank, int maxRank, double hysteresis, @Nullable Long budget) {
    return new RankPolicy(energyShare, minRank, maxRank, hysteresis, budget);
  }

  /** Returns refresh 0 of epoch 0 with a policy and a number of layers. */
  public static Spectra of(RankPolicy policy, int layers) {
    return new Spectra("run", 0, 0, layers, policy, 0);
  }

  public Spectra at(int newEpoch, int newRefresh) {
    return new Spectra(run, newEpoch, newRefresh, layers, policy, previousRank);
  }

  public Spectra ofRun(String name) {
    return new Spectra(name, epoch, refresh, layers, policy, previousRank);
  }

  public Spectra after(int rank) {
    return new Spectra(run, epoch, refresh, layers, policy, rank);
  }

  /** Returns the spectrum of a layer whose singular values hold all of its energy. */
  public Spectrum layer(String name, double... sigma) {
    double energy = 0;
    for (double value : sigma) {
      energy += (double) (float) value * (float) value;
    }
    return layer(name, energy, 100, sigma);
  }

  /** Returns the spectrum of a layer. */
  public Spectrum layer(String name, double totalEnergy, long bytesPerRank, double... sigma) {
    List<Float> values = new ArrayList<>();
    for (double value : sigma) {
      values.add((float) value);
    }
    return new Spectrum(
        run,
        0,
        epoch,
        refresh,
        100L * refresh + 1,
        name,
        "kind",
        layers,
        64,
        48,
        values,
        totalEnergy,
        previousRank,
        1.0,
        1.0,
        null,
        null,
        bytesPerRank,
        policy);
  }

  /** Returns the first singular values of a decay law, such as exp(-i/8). */
  public static double[] decay(int count, IntToDoubleFunction law) {
    double[] sigma = new double[count];
    for (int i = 0; i < count; i++) {
      sigma[i] = law.applyAsDouble(i);
    }
    return sigma;
  }
}
