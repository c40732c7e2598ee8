package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Sample;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** A reader of the samples of several inputs without Kafka. */
public final class Texts {
  private Texts() {}

  /**
   * The counts of a read.
   *
   * @param samples samples passed to the consumer
   * @param rejected malformed records, which were skipped
   * @param bytes bytes read
   */
  public record Summary(long samples, long rejected, long bytes) {}

  /**
   * Passes the samples of the inputs to a consumer, in order.
   *
   * @throws UsageException when an input cannot be read: the message names it
   */
  public static Summary forEach(List<Input> inputs, FieldNames names, Consumer<Sample> each)
      throws IOException {
    long samples = 0;
    long rejected = 0;
    long bytes = 0;
    for (Input input : inputs) {
      try (SampleReader reader = SampleReader.open(input, names)) {
        for (Reading reading = reader.next(); reading != null; reading = reader.next()) {
          if (reading instanceof Reading.Accepted accepted) {
            each.accept(accepted.sample());
            samples++;
          } else if (reading instanceof Reading.Rejected malformed) {
            rejected += malformed.letter().part() == 0 ? 1 : 0;
          }
        }
        bytes += reader.bytesRead();
      } catch (IOException e) {
        throw new UsageException(
            "%s: cannot be read: %s".formatted(input.location(), e.getMessage()), e);
      }
    }
    return new Summary(samples, rejected, bytes);
  }
}
