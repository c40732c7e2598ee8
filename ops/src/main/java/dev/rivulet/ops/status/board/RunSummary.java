package dev.rivulet.ops.status.board;

import org.jspecify.annotations.Nullable;

/**
 * Where a run stands.
 *
 * @param method null until a step or checkpoint has told it
 * @param model name of the base model; null until a checkpoint has told it
 * @param epoch run epoch
 * @param newest the newest step; null before the first
 * @param totalSteps 0 before the first step
 * @param startedAt time of the oldest record, milliseconds since 1970
 * @param updatedAt time of the newest record
 * @param secondsPerStep exponential mean; NaN before the first step
 * @param checkpointSeconds time in which training stood still for checkpoints
 * @param checkpointStall its share of the time
 * @param tokens trained on so far, in superseded steps too
 * @param evaluation the newest; null before the first
 * @param checkpoints number of checkpoints, superseded ones too
 * @param checkpoint the newest that survives; null before the first
 * @param rollbacks number of epochs that a command ended by a rollback
 * @param adamwOptimizerBytes what AdamW's state would take; null when no checkpoint tells it
 * @param fullCopyBytes what a full copy of the weights takes; null when no checkpoint tells it
 * @param waiting the refresh whose decisions are awaited; null when none is
 */
public record RunSummary(
    String run,
    State state,
    @Nullable String method,
    @Nullable String model,
    int epoch,
    @Nullable StepPoint newest,
    long totalSteps,
    long startedAt,
    long updatedAt,
    double secondsPerStep,
    double checkpointSeconds,
    double checkpointStall,
    long tokens,
    @Nullable EvaluationPoint evaluation,
    long checkpoints,
    @Nullable CheckpointView checkpoint,
    long rollbacks,
    @Nullable Double adamwOptimizerBytes,
    @Nullable Double fullCopyBytes,
    @Nullable Waiting waiting) {

  /** What a run does, as far as its records tell. */
  public enum State {
    STARTING,
    RUNNING,
    WAITING,
    PAUSED,
    STOPPED,
    FINISHED
  }

  /**
   * A refresh whose rank decisions are not all there.
   *
   * @param layers spectra of this refresh
   * @param decided decisions that answer them
   */
  public record Waiting(long step, int layers, int decided) {}
}
