package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;

/**
 * A tensor in the log that is not what its manifest says. The checkpoint cannot be used; an older
 * one may be.
 */
public final class DamagedTensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedTensorException(String tensor, ChunkRef chunk, String what) {
    super(
        "tensor %s is damaged at %s, partition %d, offset %d: %s"
            .formatted(tensor, chunk.getTopic(), chunk.getPartition(), chunk.getOffset(), what));
  }
}
