package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.record.Step;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The stability of a run's checkpoints, for people: the watch's rules over the run's steps once
 * more. Steps of a run are taken in the order of the log.
 */
public final class StabilityReplay {

  /** What the steps after a checkpoint say of it. */
  public enum Standing {
    /** Enough of them have passed, and none gave an alarm. */
    STABLE,
    /** Too few have passed yet. */
    UNPROVEN,
    /** One of them gave an alarm. */
    ALARMED
  }

  private final StabilityWatch watch;
  private final int stableAfter;
  private final TreeSet<Long> alarms = new TreeSet<>();
  private @Nullable RunState state;
  private long first = Long.MAX_VALUE;
  private long newest;

  public StabilityReplay(StabilityConfig config) {
    watch = new StabilityWatch(config);
    stableAfter = config.stableAfter();
  }

  /** Takes the run's next step. */
  public void observe(Step step) {
    if (state == null || step.getEpoch() > state.getEpoch()) {
      alarms.tailSet(step.getStep(), true).clear();
    } else if (step.getEpoch() < state.getEpoch()) {
      return;
    }
    first = Math.min(first, step.getStep());
    newest = step.getStep();
    state = watch.observe(state, step).state();
    List<Long> noted = state.getAlarms();
    if (!noted.isEmpty() && noted.get(noted.size() - 1) == newest) {
      alarms.add(newest);
    }
  }

  /**
   * Returns how a checkpoint of the surviving line of history stands.
   *
   * @param step of the checkpoint
   * @return nothing when the log does not have the steps after it any more
   */
  public Optional<Standing> standing(long step) {
    if (first > step + 1) {
      return Optional.empty();
    }
    long until = step + stableAfter;
    if (!alarms.subSet(step, false, until, true).isEmpty()) {
      return Optional.of(Standing.ALARMED);
    }
    return Optional.of(until < newest ? Standing.STABLE : Standing.UNPROVEN);
  }
}
