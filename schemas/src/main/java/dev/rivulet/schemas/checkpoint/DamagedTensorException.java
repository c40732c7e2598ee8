package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;

/**
 * A tensor in the log that is not what its manifest says. The checkpoint cannot be used; an older
 * one may be.
 */
public final class DamagedTensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final int partition;
  private final long offset;
  private final String what;
  private final boolean expired;

  DamagedTensorException(String tensor, ChunkRef chunk, String what) {
    this(tensor, chunk, what, false);
  }

  DamagedTensorException(String tensor, ChunkRef chunk, String what, boolean expired) {
    super(
        "tensor %s is %s at %s, partition %d, offset %d: %s"
            .formatted(
                tensor,
                expired ? "gone" : "damaged",
                chunk.getTopic(),
                chunk.getPartition(),
                chunk.getOffset(),
                what));
    topic = chunk.getTopic();
    partition = chunk.getPartition();
    offset = chunk.getOffset();
    this.what = what;
    this.expired = expired;
  }

  /** Returns where the first bad chunk should lie. */
  public CheckpointLog.Place place() {
    return new CheckpointLog.Place(topic, partition, offset);
  }

  /** Returns what is wrong there, without the place. */
  public String what() {
    return what;
  }

  /** Returns whether the partition begins behind the chunk, so that its removal was meant. */
  public boolean expired() {
    return expired;
  }
}
