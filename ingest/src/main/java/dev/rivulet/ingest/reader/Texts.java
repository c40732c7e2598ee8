package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.record.Sample;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The samples of some inputs, for what reads them without Kafka. */
public final class Texts {
  private Texts() {}

  /**
   * What was read.
   *
   * @param samples samples handed on
   * @param rejected malformed records, which were left out
   * @param bytes bytes read
   */
  public record Summary(long samples, long rejected, long bytes) {}

  /**
   * Hands on the samples of the inputs, in order.
   *
   * @throws IOException when an input cannot be read: the message names it
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
        throw new IOException(
            "%s: cannot be read: %s".formatted(input.location(), e.getMessage()), e);
      }
    }
    return new Summary(samples, rejected, bytes);
  }
}
