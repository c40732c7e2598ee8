package dev.rivulet.ops.orders;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Consecutive batches of a stream.
 *
 * @param first offset of the first batch
 * @param last offset of the last batch, inclusive
 */
public record BatchRange(long first, long last) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

  public BatchRange {
    if (first < 0 || first > last) {
      throw new UsageException(
          "batches %d-%d: the first offset is greater than the last".formatted(first, last));
    }
  }

  /**
   * Reads a range from a text such as {@code 120-135}.
   *
   * @throws UsageException when the text is not a range
   */
  public static BatchRange parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new UsageException("batches %s: use two offsets, such as 120-135".formatted(text));
    }
    return new BatchRange(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  /**
   * Returns the range as a record, on the one partition that the run of a checkpoint reads.
   *
   * @throws UsageException when the run reads several partitions
   */
  SkipRange of(Manifest checkpoint) {
    List<TopicOffset> offsets = checkpoint.getOffsets();
    if (offsets.size() != 1) {
      throw new UsageException(
          "batches %d-%d: the run reads %d partitions, so that an offset does not identify a batch"
              .formatted(first, last, offsets.size()));
    }
    TopicOffset only = offsets.get(0);
    return new SkipRange(only.getTopic(), only.getPartition(), first, last + 1);
  }
}
