package dev.rivulet.schemas.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * A manifest in the log that cannot be used; or several, where the broker's file is damaged.
 *
 * @param checkpoint the checkpoint that it was, by its key; null where the key cannot be read
 * @param topic full name of the topic
 * @param partition its partition
 * @param offset its offset
 * @param count offsets that are lost, from this one on
 * @param reason what is wrong with it
 */
public record LogDamage(
    @Nullable String checkpoint,
    String topic,
    int partition,
    long offset,
    long count,
    String reason) {

  @Override
  public String toString() {
    return "the manifest%s at %s, partition %d, offset %d%s is damaged: %s"
        .formatted(
            checkpoint == null ? "" : " of checkpoint " + checkpoint,
            topic,
            partition,
            offset,
            count == 1 ? "" : " to " + (offset + count - 1),
            reason);
  }
}
