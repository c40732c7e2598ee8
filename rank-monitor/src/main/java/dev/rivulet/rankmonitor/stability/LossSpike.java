package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.stability.Verdict.Level;
import dev.rivulet.schemas.record.Step;
import java.util.Locale;

/**
 * The rule against loss spikes: a loss far above the median of the losses before it, measured in
 * robust standard deviations, several steps in a row.
 *
 * <p>The deviation is never taken smaller than the two floors, so that a flat stretch of losses, or
 * one close to zero, does not turn ordinary noise into a spike. A loss beyond the act threshold
 * does not enter the window; a rise slow enough to stay below it does, and moves the median.
 *
 * @param enabled whether the rule is on
 * @param window newest losses that the median is taken over
 * @param warmUp losses needed before the rule says anything
 * @param alertSigma deviations above the median from which a loss is an alarm
 * @param actSigma deviations above the median from which a loss is a hit
 * @param hits hits in a row that ask for a rollback
 * @param sigmaFloorShare smallest deviation, as a share of the median
 * @param sigmaFloor smallest deviation, in the loss's own unit (nats)
 */
public record LossSpike(
    boolean enabled,
    int window,
    int warmUp,
    double alertSigma,
    double actSigma,
    int hits,
    double sigmaFloorShare,
    double sigmaFloor)
    implements StabilityRule {
  public static final LossSpike DEFAULT = new LossSpike(true, 200, 50, 5, 7, 3, 0.02, 0.05);

  public LossSpike {
    Require.that(
        window >= 2 && window <= RunHistory.LOSSES, "window", window, "2 to " + RunHistory.LOSSES);
    Require.that(warmUp >= 2 && warmUp <= window, "warmUp", warmUp, "2 to window");
    Require.that(alertSigma > 0, "alertSigma", alertSigma, "more than 0");
    Require.that(actSigma >= alertSigma, "actSigma", actSigma, "alertSigma or more");
    Require.that(hits >= 1, "hits", hits, "1 or more");
    Require.that(sigmaFloorShare >= 0, "sigmaFloorShare", sigmaFloorShare, "0 or more");
    Require.that(sigmaFloor > 0, "sigmaFloor", sigmaFloor, "more than 0");
  }

  @Override
  public String name() {
    return "loss-spike";
  }

  @Override
  public Verdict judge(RunHistory history, Step step) {
    double loss = step.getLoss();
    double[] past = history.newestLosses(window);
    if (!Double.isFinite(loss) || past.length < warmUp) {
      return Verdict.CALM;
    }
    RobustScale scale = RobustScale.of(past);
    double floor = Math.max(sigmaFloor, sigmaFloorShare * Math.abs(scale.median()));
    double sigma = Math.max(scale.sigma(), floor);
    double deviation = (loss - scale.median()) / sigma;
    if (deviation < alertSigma) {
      return Verdict.CALM;
    }
    int row = deviation < actSigma ? 0 : history.hits().size() + 1;
    Level level = row == 0 ? Level.ALERT : row < hits ? Level.HIT : Level.ACT;
    String reason =
        String.format(
            Locale.ROOT,
            "step %d: loss %.4g is %.1f sigma above %.4g, the median of %d losses (sigma %.3g)",
            step.getStep(),
            loss,
            deviation,
            scale.median(),
            past.length,
            sigma);
    return new Verdict(level, row > 1 ? reason + ", hit " + row + " in a row" : reason, row);
  }
}
