package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;

/**
 * The rank that one layer's spectrum asks for, whatever the other layers cost.
 *
 * @param spectrum the layer's spectrum
 * @param energy its energy by rank
 * @param thresholdRank smallest rank that reaches the information threshold, before any clamp
 * @param floor smallest rank that the layer can be given
 * @param rank the rank asked for, at least the floor
 * @param reason the rule that fixed it
 * @param detail the reason in words and figures
 */
record RankRequest(
    Spectrum spectrum,
    GradientEnergy energy,
    int thresholdRank,
    int floor,
    int rank,
    RankReason reason,
    String detail) {

  /** Returns the bytes that a rank costs in this layer. */
  long bytes(int rank) {
    return rank * spectrum.getBytesPerRank();
  }
}
