package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.RankDecision;
import org.jspecify.annotations.Nullable;

/**
 * The rank of one layer from a refresh on: the decision, and the rank that the trainer applied.
 *
 * @param rank the applied rank; the decided rank before the trainer applies one
 * @param applied whether the trainer has reported the rank as applied
 * @param fallback whether the trainer decided itself because no decision arrived in time
 * @param decision the monitor's decision; null without one
 */
public record RankPoint(
    int epoch, long step, int rank, boolean applied, boolean fallback, @Nullable Decision decision)
    implements Placed {

  /**
   * A decision of the rank monitor.
   *
   * @param previousRank 0 at the first refresh
   * @param thresholdRank smallest rank that reaches the energy threshold, before any clamp
   * @param capturedShare share of the gradient's energy that the decided rank captures
   * @param reason the rule that set the rank
   * @param detail the reason in words and numbers
   */
  public record Decision(
      int refresh,
      int rank,
      int previousRank,
      int thresholdRank,
      double capturedShare,
      String reason,
      String detail) {}

  /** Returns the point of a refresh after a decision. */
  static RankPoint decided(@Nullable RankPoint known, RankDecision decision) {
    Decision shown =
        new Decision(
            decision.getRefresh(),
            decision.getRank(),
            decision.getPreviousRank(),
            decision.getThresholdRank(),
            decision.getCapturedShare(),
            decision.getReason().name(),
            decision.getDetail());
    return known != null && known.applied() && known.epoch() == decision.getEpoch()
        ? new RankPoint(known.epoch(), known.step(), known.rank(), true, known.fallback(), shown)
        : new RankPoint(
            decision.getEpoch(), decision.getStep(), decision.getRank(), false, false, shown);
  }

  /** Returns the point of a refresh after the trainer has applied a rank. */
  static RankPoint applied(
      @Nullable RankPoint known, int epoch, long step, int rank, boolean fallback) {
    Decision decision = known != null && known.epoch() == epoch ? known.decision() : null;
    return new RankPoint(epoch, step, rank, true, fallback, decision);
  }
}
