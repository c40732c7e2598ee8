package dev.rivulet.ops.bench;

import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;

/** Publishes the batches of a measured pipeline, turn by turn, and reads its step records. */
final class PipelineTurns implements AutoCloseable {
  private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);

  private final KafkaCluster cluster;
  private final Pipeline pipeline;
  private final KafkaProducer<String, byte[]> producer;
  private final KafkaConsumer<String, byte[]> consumer;

  /** Reads from the first step of the pipeline, which may not have started yet. */
  PipelineTurns(KafkaCluster cluster, Pipeline pipeline) {
    this.cluster = cluster;
    this.pipeline = pipeline;
    producer = cluster.producer("rivulet-bench", null);
    consumer = cluster.consumer("rivulet-bench");
    consumer.assign(TopicReader.partitions(consumer, cluster.name(Topics.STEPS)));
    consumer.seekToBeginning(consumer.assignment());
  }

  /** Publishes a batch. */
  void send(Topic<Batch> topic, Batch batch) {
    var unused = producer.send(cluster.record(topic, Workload.STREAM, batch));
  }

  /**
   * Publishes batches, waits until each has been trained, and returns the seconds from step to
   * step.
   *
   * @throws RoleException when a role of the pipeline fails
   */
  List<Double> train(List<Batch> turn) throws InterruptedException {
    turn.forEach(batch -> send(Topics.BATCHES, batch));
    producer.flush();
    List<Long> ends = new ArrayList<>();
    while (ends.size() < turn.size()) {
      consumer
          .poll(POLL_TIMEOUT)
          .forEach(record -> ends.add(Topics.STEPS.decode(record).getTimestamp().toEpochMilli()));
      pipeline.await(Role.TRAINER, Duration.ZERO);
    }
    return between(ends);
  }

  /** Returns the seconds from one time, in milliseconds, to the next. */
  static List<Double> between(List<Long> millis) {
    return IntStream.range(1, millis.size())
        .mapToObj(i -> (millis.get(i) - millis.get(i - 1)) / 1e3)
        .toList();
  }

  @Override
  public void close() {
    consumer.close();
    producer.close();
  }
}
