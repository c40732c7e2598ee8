package dev.rivulet.trainer.method;

import dev.rivulet.trainer.spectrum.LayerSpectrum;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Rank sources that do not look at the spectra. */
final class FixedRanks {
  /** For methods that ask for no rank. */
  static final RankSource NONE =
      (refresh, step, spectra) -> {
        throw new AssertionError("ranks asked for at step " + step);
      };

  private FixedRanks() {}

  /** Returns the rank of a refresh, the same for all layers: the ranks in turn. */
  static RankSource of(int... ranks) {
    return (refresh, step, spectra) -> {
      int rank = ranks[refresh % ranks.length];
      Map<String, Integer> decided =
          spectra.stream()
              .map(LayerSpectrum::layer)
              .collect(Collectors.toMap(Function.identity(), layer -> rank));
      return new RankSource.Decided(refresh, decided, false, 0);
    };
  }
}
