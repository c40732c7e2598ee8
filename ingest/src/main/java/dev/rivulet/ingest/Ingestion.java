package dev.rivulet.ingest;

import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ingest.reader.Reading;
import dev.rivulet.ingest.reader.SampleReader;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.kafka.common.KafkaException;

/**
 * A pass over inputs that writes valid samples and dead letters for malformed records to Kafka.
 *
 * <p>The key of a sample is {@code source/name:line}. The same files therefore produce the same
 * keys, and the same train/eval split, on every machine.
 *
 * @param source name of the source that the samples belong to
 * @param names field names of the input
 */
public record Ingestion(String source, FieldNames names) {

  /** A listener for the progress of an ingestion. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Called at intervals on the thread of the ingestion.
     *
     * @param bytes bytes read so far
     * @param total bytes to read; -1 when an input's size is unknown
     */
    void at(long bytes, long total);
  }

  /** Readings between two calls to the progress listener. */
  private static final int PROGRESS_EVERY = 256;

  /**
   * Reads the inputs in order and waits until all records are written. The caller commits and
   * closes the producer.
   *
   * @throws UsageException when an input cannot be read: the message names it
   * @throws IOException when the size of an input cannot be read
   * @throws KafkaException when a record could not be written
   */
  public IngestSummary run(List<Input> inputs, SampleProducer producer, Progress progress)
      throws IOException {
    long total = 0;
    for (Input input : inputs) {
      total = total < 0 || input.size() < 0 ? -1 : total + input.size();
    }
    IngestSummary summary = new IngestSummary(0, 0, 0);
    for (Input input : inputs) {
      long before = summary.bytes();
      long allBytes = total;
      summary = summary.plus(read(input, producer, bytes -> progress.at(before + bytes, allBytes)));
    }
    producer.flush();
    return summary;
  }

  private IngestSummary read(Input input, SampleProducer producer, LongConsumer progress)
      throws IOException {
    long accepted = 0;
    long rejected = 0;
    try (SampleReader reader = SampleReader.open(input, names)) {
      for (Reading reading = reader.next(); reading != null; reading = reader.next()) {
        String id = input.name() + ":" + reading.line();
        if (reading instanceof Reading.Accepted sample) {
          producer.send(source, id, sample.sample());
          accepted++;
        } else if (reading instanceof Reading.Rejected malformed) {
          producer.reject(source, id, malformed.bytes(), malformed.letter());
          rejected += malformed.letter().part() == 0 ? 1 : 0;
        }
        if ((accepted + rejected) % PROGRESS_EVERY == 0) {
          progress.accept(reader.bytesRead());
        }
      }
      progress.accept(reader.bytesRead());
      return new IngestSummary(accepted, rejected, reader.bytesRead());
    } catch (IOException e) {
      throw new UsageException(
          "%s: cannot be read: %s".formatted(input.location(), e.getMessage()), e);
    }
  }
}
