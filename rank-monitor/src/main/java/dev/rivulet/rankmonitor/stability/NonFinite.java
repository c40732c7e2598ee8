package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.stability.Verdict.Level;
import dev.rivulet.schemas.record.Step;

/**
 * The rule against losses and gradients that are not finite: it acts on the first one.
 *
 * @param enabled whether the rule is on
 */
public record NonFinite(boolean enabled) implements StabilityRule {
  public static final NonFinite DEFAULT = new NonFinite(true);

  @Override
  public String name() {
    return "non-finite";
  }

  @Override
  public Verdict judge(RunHistory history, Step step) {
    // A gradient norm alone does not tell: a method without gradients has none to report.
    boolean finite =
        Double.isFinite(step.getLoss())
            && (step.getApplied() || Double.isFinite(step.getGradientNorm()));
    return finite
        ? Verdict.CALM
        : new Verdict(
            Level.ACT,
            "step %d: loss %s, gradient norm %s%s"
                .formatted(
                    step.getStep(),
                    step.getLoss(),
                    step.getGradientNorm(),
                    step.getApplied() ? ", and the update was applied" : ""),
            1);
  }
}
