package dev.rivulet.ops.status.board;

import org.jspecify.annotations.Nullable;

/**
 * The state of a run.
 *
 * @param method null before the first step or checkpoint
 * @param model name of the base model; null before the first checkpoint
 * @param epoch run epoch
 * @param newest the newest step; null before the first
 * @param totalSteps 0 before the first step
 * @param startedAt time of the oldest record, milliseconds since 1970
 * @param updatedAt time of the newest record
 * @param secondsPerStep exponential mean; NaN before the first step
 * @param checkpointSeconds training stalls for checkpoints
 * @param checkpointStall stall time divided by the training time
 * @param tokens trained on so far, with superseded steps
 * @param evaluation the newest evaluation; null before the first
 * @param checkpoints number of checkpoints, with superseded ones
 * @param checkpoint the newest surviving checkpoint; null before the first
 * @param rollbacks number of epochs with an order to roll back
 * @param adamwOptimizerBytes size of AdamW's state for the model; null when no checkpoint has it
 * @param fullCopyBytes size of a full copy of the weights; null when no checkpoint has it
 * @param waiting the refresh that waits for decisions; null without one
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

  /** The state of a run according to its records. */
  public enum State {
    STARTING,
    RUNNING,
    WAITING,
    PAUSED,
    STOPPED,
    FINISHED
  }

  /**
   * A refresh that lacks rank decisions.
   *
   * @param layers spectra of this refresh
   * @param decided decisions for them
   */
  public record Waiting(long step, int layers, int decided) {}
}
