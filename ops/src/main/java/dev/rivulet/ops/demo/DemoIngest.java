package dev.rivulet.ops.demo;

import dev.rivulet.ingest.IngestSummary;
import dev.rivulet.ingest.Ingestion;
import dev.rivulet.ingest.SampleProducer;
import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** The way of a demo run's samples into Kafka, all or nothing. Their source is named as the run. */
final class DemoIngest {
  /** The samples undecoded: other producers may have written anything. */
  private static final Topic<byte[]> SAMPLES =
      new Topic<>(
          Topics.SAMPLES.name(),
          Topics.SAMPLES.keyedBy(),
          AvroCodec.raw(),
          Topics.SAMPLES.partitions(),
          Topics.SAMPLES.retention(),
          Topics.SAMPLES.purpose());

  private DemoIngest() {}

  /**
   * Writes the samples of a run, unless the cluster has them, and returns how many were written.
   *
   * @throws IOException when the samples cannot be read
   */
  static long ensure(KafkaCluster cluster, DemoRun run) throws IOException {
    // To open the producer ends what a killed one left open; only then is it clear what is there.
    try (SampleProducer producer = SampleProducer.transactional(cluster, run.name())) {
      if (sources(cluster).contains(run.name())) {
        return 0;
      }
      IngestSummary summary =
          new Ingestion(run.name(), FieldNames.DEFAULT)
              .run(Input.find(List.of(run.samples()), null), producer, (bytes, total) -> {});
      if (summary.rejected() > 0) {
        throw new IOException(
            "%s: %d lines are no samples".formatted(run.samples(), summary.rejected()));
      }
      producer.commit();
      return summary.accepted();
    }
  }

  /** Returns the names of the sources that the cluster has samples of. */
  static Set<String> sources(KafkaCluster cluster) {
    Set<String> sources = new HashSet<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-demo")) {
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
