package dev.rivulet.trainer.method;

import dev.rivulet.trainer.spectrum.LayerSpectrum;
import java.util.List;
import java.util.Map;

/** Where a method's ranks come from: in a run, the rank monitor's decisions. */
@FunctionalInterface
public interface RankSource {

  /**
   * The ranks of a refresh.
   *
   * @param refresh number of the refresh, from 0
   * @param ranks by layer, for every layer that was asked for
   * @param fallback whether no decision came in time, so that the rule was applied locally
   * @param waitSeconds time spent waiting
   */
  record Decided(int refresh, Map<String, Integer> ranks, boolean fallback, double waitSeconds) {

    /**
     * Returns the rank of a layer.
     *
     * @throws IllegalStateException when there is none
     */
    public int rank(String layer) {
      Integer rank = ranks.get(layer);
      if (rank == null) {
        throw new IllegalStateException("no rank was decided for layer " + layer);
      }
      return rank;
    }
  }

  /**
   * Returns the ranks to use from a refresh on.
   *
   * @param refresh number of the refresh, from 0
   * @param step the step at which the gradients were taken
   * @param spectra one per layer
   */
  Decided decide(int refresh, long step, List<LayerSpectrum> spectra);
}
