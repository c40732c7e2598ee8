package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.record.ChunkRef;

/**
 * A tensor in the log that is not what its manifest says. The checkpoint cannot be used; an older
 * one may be.
 */
public final class DamagedTensorException extends DamageException {
  private static final long serialVersionUID = 1L;

  private final transient ChunkRef chunk;
  private final String what;
  private final boolean expired;

  DamagedTensorException(String tensor, ChunkRef chunk, String what) {
    this(tensor, chunk, what, false);
  }

  private DamagedTensorException(String tensor, ChunkRef chunk, String what, boolean expired) {
    super(
        "tensor %s is %s at %s, partition %d, offset %d: %s"
            .formatted(
                tensor,
                expired ? "gone" : "damaged",
                chunk.getTopic(),
                chunk.getPartition(),
                chunk.getOffset(),
                what));
    this.chunk = chunk;
    this.what = what;
    this.expired = expired;
  }

  static DamagedTensorException expired(String tensor, ChunkRef chunk, long beginning) {
    return new DamagedTensorException(
        tensor, chunk, "retention has deleted all before offset %d".formatted(beginning), true);
  }

  /** Returns the chunk that is not what it should be. */
  public ChunkRef chunk() {
    return chunk;
  }

  /** Returns where that chunk should lie. */
  public CheckpointLog.Place place() {
    return new CheckpointLog.Place(chunk.getTopic(), chunk.getPartition(), chunk.getOffset());
  }

  /** Returns what is wrong there, without the place. */
  public String what() {
    return what;
  }

  /** Returns whether retention has deleted it, and with it all that was written before. */
  public boolean isExpired() {
    return expired;
  }
}
