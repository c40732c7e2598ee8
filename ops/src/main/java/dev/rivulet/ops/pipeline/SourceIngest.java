package dev.rivulet.ops.pipeline;

import dev.rivulet.ingest.IngestSummary;
import dev.rivulet.ingest.Ingestion;
import dev.rivulet.ingest.SampleProducer;
import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** The ingestion of a source into Kafka: all or nothing, and once. */
public final class SourceIngest {
  /** The samples without decoding: other producers may have written other bytes. */
  private static final Topic<byte[]> SAMPLES =
      new Topic<>(
          Topics.SAMPLES.name(),
          Topics.SAMPLES.keyedBy(),
          AvroCodec.raw(),
          Topics.SAMPLES.partitions(),
          Topics.SAMPLES.retention(),
          Topics.SAMPLES.purpose());

  private SourceIngest() {}

  /**
   * Writes the samples of files as a source, unless the cluster has samples of that source; returns
   * the number of samples written.
   *
   * @throws IOException when a file cannot be read or a line is not a sample; then nothing is
   *     written
   */
  public static long ensure(KafkaCluster cluster, String source, List<Path> files)
      throws IOException {
    // Opening the producer aborts the transaction of a killed one; only then are the topics read.
    try (SampleProducer producer = SampleProducer.transactional(cluster, source)) {
      if (sources(cluster).contains(source)) {
        return 0;
      }
      IngestSummary summary =
          new Ingestion(source, FieldNames.DEFAULT)
              .run(Input.find(files, null), producer, (bytes, total) -> {});
      if (summary.rejected() > 0) {
        throw new UsageException(
            "%s: %d lines are not samples ('rivulet ingest' accepts the others and reports these)"
                .formatted(
                    files.stream().map(Path::toString).collect(Collectors.joining(", ")),
                    summary.rejected()));
      }
      producer.commit();
      return summary.accepted();
    }
  }

  /** Returns the names of the sources with samples in the cluster. */
  public static Set<String> sources(KafkaCluster cluster) {
    Set<String> sources = new HashSet<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-sources")) {
      TopicReader.forEach(
          cluster,
          consumer,
          SAMPLES,
          (record, bytes) -> {
            if (record.key() != null) {
              sources.add(RunKey.run(record.key()));
            }
          });
    }
    return sources;
  }
}
