package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.method.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's checkpoints, as its trainer makes them. The log's thread writes them; at most one is
 * under way, and who makes the next waits for it, so that there is one snapshot at a time.
 *
 * <p>Belongs to the training thread.
 */
public final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  private final RunLog log;
  private CheckpointLog checkpoints;
  private @Nullable Manifest newest;
  private @Nullable CompletableFuture<Manifest> underWay;

  /**
   * Reads the run's checkpoints.
   *
   * @throws RunException when the run has some, and none can be used
   */
  public Committer(RunLog log) {
    this.log = log;
    checkpoints = CheckpointLog.read(log.cluster(), log.run());
    newest = checkpoints.newest().orElse(null);
    checkpoints.damages().forEach(damage -> LOG.error("run {}: {}", log.run(), damage));
    if (newest == null && checkpoints.nextEpoch() > 0) {
      throw new RunException(
          "run %s has no checkpoint to resume from (%s): start a new run"
              .formatted(log.run(), checkpoints.damages()));
    }
  }

  /** Returns the run's checkpoints, but the one that is under way. */
  public CheckpointLog checkpoints() {
    return checkpoints;
  }

  /**
   * Returns the newest checkpoint, which may be under way: it is in the log before all that is
   * handed to the log from now on. Its tensors, and where they lie, are then not known yet.
   *
   * @throws RunException when the run has none
   */
  public Manifest newest() {
    if (newest == null) {
      throw new IllegalStateException("run %s has no checkpoint".formatted(log.run()));
    }
    return newest;
  }

  /**
   * Waits for the checkpoint that is under way, and returns the newest, with its tensors; nothing
   * when the run has none.
   */
  public Optional<Manifest> settle() {
    if (underWay != null) {
      newest = log.await(underWay);
      underWay = null;
      checkpoints = checkpoints.with(newest);
    }
    return Optional.ofNullable(newest);
  }

  /**
   * Commits a checkpoint with new tensors, from here on without the caller.
   *
   * @param draft its manifest, all but time and tensors; it continues the newest checkpoint, which
   *     must be settled
   */
  public void commit(Manifest draft, Snapshot snapshot) {
    submit(draft, new SnapshotTensors(snapshot, Optional.ofNullable(newest)));
  }

  /**
   * Opens a new run epoch at an older checkpoint: commits a manifest that points to its tensors,
   * and returns it.
   *
   * @param draft the older manifest, with the new epoch, position and settings
   */
  public Manifest reopen(Manifest draft, Manifest target, Cause cause) {
    settle();
    submit(
        Manifest.newBuilder(draft)
            .setCheckpoint(CheckpointLog.name(draft.getEpoch(), draft.getStep()))
            .setParent(target.getCheckpoint())
            .setCause(cause)
            .setSealed(List.of())
            .setScalars(null)
            .setDecisions(List.of())
            .build(),
        null);
    return settle().orElseThrow();
  }

  /** Commits the newest manifest again, under its name, with another cause. */
  public void restate(Cause cause) {
    Manifest settled = settle().orElseThrow();
    submit(Manifest.newBuilder(settled).setCause(cause).build(), null);
  }

  private void submit(Manifest withoutParentHash, @Nullable SnapshotTensors tensors) {
    String parent = withoutParentHash.getParent();
    Manifest draft =
        Manifest.newBuilder(withoutParentHash)
            .setParentSha256(parent == null ? null : checkpoints.sha256(parent))
            .build();
    underWay = log.submit(new CheckpointEntry(log.cluster(), draft, tensors));
    newest = draft;
  }
}
