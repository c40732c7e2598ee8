package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.record.Manifest;

/**
 * A checkpoint that cannot be restored, because a tensor that it or one of its ancestors brought in
 * is damaged. No checkpoint that descends from the damaged one can be used.
 */
public final class DamagedCheckpointException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final transient Manifest damaged;

  DamagedCheckpointException(Manifest damaged, DamagedTensorException cause) {
    super("checkpoint %s: %s".formatted(damaged.getCheckpoint(), cause.getMessage()), cause);
    this.damaged = damaged;
  }

  /** Returns the checkpoint that the damaged tensor came with. */
  Manifest damaged() {
    return damaged;
  }
}
