package dev.rivulet.trainer.method;

import java.util.Map;
import java.util.TreeMap;

/**
 * When the bases are refreshed: at the latest after {@code every} steps, and from {@code earliest}
 * steps on as soon as half of the layers ask for it by one of the triggers.
 *
 * @param every most steps between refreshes (T_max)
 * @param earliest least steps between refreshes (T_min); the triggers are looked at from there on
 * @param normShare a layer asks when the running mean of its projected gradient's norm has fallen
 *     to this share of the norm at the refresh: it has converged within its subspace; 0: never
 * @param residualExcess a layer asks when the running mean of the gradient's energy outside of its
 *     basis exceeds 1 − energyShare by this much: the subspace has gone stale. Every tenth of
 *     {@code every} steps the full gradients are taken for it, block by block; 0: never
 * @param displacement a layer asks when its normalised projected gradients have cancelled out to
 *     this ratio of net displacement to path length (Lotus); 0: never, and no sum of them is kept
 */
public record RefreshRule(
    int every, int earliest, double normShare, double residualExcess, double displacement) {

  /** Returns the rule of a refresh every so many steps, without triggers. */
  public static RefreshRule every(int steps) {
    return new RefreshRule(steps, steps, 0, 0, 0);
  }

  /** Returns whether any trigger can act. */
  boolean hasTriggers() {
    return earliest < every && (normShare > 0 || residualExcess > 0 || displacement > 0);
  }

  /** Returns the settings by name; those of triggers only where there are any. */
  Map<String, Object> settings(String prefix) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put(prefix + "refreshEvery", every);
    if (hasTriggers()) {
      settings.put(prefix + "refreshEarliest", earliest);
      settings.put(prefix + "normShare", normShare);
      settings.put(prefix + "residualExcess", residualExcess);
      settings.put(prefix + "displacement", displacement);
    }
    return settings;
  }
}
