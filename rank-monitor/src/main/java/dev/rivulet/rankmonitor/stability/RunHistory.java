package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.state.BatchOffset;
import dev.rivulet.rankmonitor.state.CheckpointMark;
import dev.rivulet.rankmonitor.state.Hit;
import dev.rivulet.rankmonitor.state.PastLoss;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The line of history of one run, as the stability rules see it: the newest losses, alarms and
 * checkpoints that lead to the newest step, and nothing that a resume or a rollback has undone.
 *
 * <p>It is a working copy of a {@link RunState}, of bounded size. Not thread-safe.
 */
final class RunHistory {
  /** Losses kept: a window may be cut back by a resume, and should still be full then. */
  static final int LOSSES = 600;

  private static final int ALARMS = 256;
  private static final int CHECKPOINTS = 64;

  private final List<PastLoss> losses;
  private final List<Long> alarms;
  private final List<CheckpointMark> checkpoints;
  private final List<Hit> hits;
  private List<Hit> ordered;
  private int epoch;
  private boolean closed;
  private int rollbacks;

  private RunHistory(RunState state) {
    losses = new ArrayList<>(state.getLosses());
    alarms = new ArrayList<>(state.getAlarms());
    checkpoints = new ArrayList<>(state.getCheckpoints());
    hits = new ArrayList<>(state.getHits());
    ordered = state.getOrdered();
    epoch = state.getEpoch();
    closed = state.getClosed();
    rollbacks = state.getRollbacks();
  }

  /** Returns the history of a run of which nothing is known yet. */
  static RunHistory empty(int epoch) {
    return of(new RunState(epoch, false, 0, List.of(), List.of(), List.of(), List.of(), List.of()));
  }

  /** Returns a working copy of a stored history. */
  static RunHistory of(RunState state) {
    return new RunHistory(state);
  }

  /** Returns this history as it is stored. */
  RunState toState() {
    return new RunState(epoch, closed, rollbacks, losses, alarms, checkpoints, hits, ordered);
  }

  int epoch() {
    return epoch;
  }

  /** Returns whether a command has gone out in this epoch. */
  boolean isClosed() {
    return closed;
  }

  /**
   * Returns the rollbacks that the run has made so far, over all epochs.
   *
   * @param next the hits that another one is asked for. A run that has rolled back does not meet
   *     the same batches again: when these are the newest rollback's own, the trainer was killed
   *     before it obeyed, and that one does not count
   */
  int rollbacksBefore(List<Hit> next) {
    return next.equals(ordered) ? rollbacks - 1 : rollbacks;
  }

  /** Returns the unbroken series of hits that ends at the newest step. */
  List<Hit> hits() {
    return hits;
  }

  /** Returns the newest hits of the series. */
  List<Hit> newestHits(int count) {
    return hits.subList(hits.size() - count, hits.size());
  }

  /** Returns up to {@code count} newest losses, oldest first. */
  double[] newestLosses(int count) {
    return losses.subList(Math.max(0, losses.size() - count), losses.size()).stream()
        .mapToDouble(PastLoss::getLoss)
        .toArray();
  }

  /** Returns whether the step before this one was an alarm too. */
  boolean continuesAlarm(long step) {
    return !alarms.isEmpty() && alarms.get(alarms.size() - 1) == step - 1;
  }

  /** Returns the newest checkpoint after which so many steps have passed without an alarm. */
  Optional<String> newestStableCheckpoint(long now, int stableAfter) {
    for (int i = checkpoints.size() - 1; i >= 0; i--) {
      long from = checkpoints.get(i).getStep();
      long until = from + stableAfter;
      if (until < now && alarms.stream().noneMatch(alarm -> alarm > from && alarm <= until)) {
        return Optional.of(checkpoints.get(i).getName());
      }
    }
    return Optional.empty();
  }

  /** Opens a newer epoch, whose first step undoes that step and all later ones of older epochs. */
  void open(int newEpoch, long firstStep) {
    epoch = newEpoch;
    closed = false;
    losses.removeIf(loss -> loss.getStep() >= firstStep);
    alarms.removeIf(alarm -> alarm >= firstStep);
    checkpoints.removeIf(mark -> mark.getStep() >= firstStep);
    hits.removeIf(hit -> hit.getStep() >= firstStep);
  }

  /** Notes the checkpoint that a step names as the newest one before it. */
  void noteCheckpoint(Step step) {
    if (step.getCheckpoint() != null) {
      CheckpointMark mark = new CheckpointMark(step.getCheckpoint(), step.getCheckpointStep());
      checkpoints.removeIf(other -> other.getStep() >= mark.getStep());
      append(checkpoints, mark, CHECKPOINTS);
    }
  }

  /** Notes the loss of a step below the act threshold. */
  void noteLoss(Step step) {
    if (Double.isFinite(step.getLoss())) {
      append(losses, new PastLoss(step.getStep(), step.getLoss()), LOSSES);
    }
  }

  /** Notes a step that a rule objects to. */
  void noteAlarm(long step) {
    append(alarms, step, ALARMS);
  }

  /** Notes a step beyond the act threshold. */
  void noteHit(Step step) {
    List<BatchOffset> batches =
        step.getBatches().stream()
            .map(at -> new BatchOffset(at.getTopic(), at.getPartition(), at.getOffset()))
            .toList();
    hits.add(new Hit(step.getStep(), batches));
  }

  /** Ends the series of hits. */
  void endHits() {
    hits.clear();
  }

  /** Closes the epoch: an order to roll back goes out, for some hits. */
  void rollBack(List<Hit> reason) {
    rollbacks = rollbacksBefore(reason) + 1;
    ordered = List.copyOf(reason);
    closed = true;
  }

  /** Closes the epoch: an order to stop goes out. */
  void stop() {
    closed = true;
  }

  private static <T> void append(List<T> list, T item, int capacity) {
    list.add(item);
    if (list.size() > capacity) {
      list.remove(0);
    }
  }
}
