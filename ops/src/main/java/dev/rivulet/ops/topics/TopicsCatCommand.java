package dev.rivulet.ops.topics;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RecordJson;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code topics cat} command: prints the records of a topic as lines of JSON. */
@Command(name = "cat", description = "Print the committed records of a topic as lines of JSON.")
final class TopicsCatCommand implements Callable<Integer> {
  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  @Parameters(paramLabel = "NAME", description = "The topic, with or without the prefix.")
  String name;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "9223372036854775807",
      description = "Stop after N records.")
  long limit;

  @Option(names = "--follow", description = "Wait for more records, until interrupted.")
  boolean follow;

  @Override
  public Integer call() {
    try (KafkaAccess access = kafka.open()) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-cat")) {
        print(topic(cluster), consumer, cluster);
      }
    }
    return ExitCode.OK;
  }

  private Topic<?> topic(KafkaCluster cluster) {
    return Topics.all().stream()
        .filter(topic -> topic.name().equals(name) || cluster.name(topic).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "no topic '%s': use one of %s"
                        .formatted(
                            name,
                            String.join(", ", Topics.all().stream().map(Topic::name).toList()))));
  }

  private void print(Topic<?> topic, KafkaConsumer<String, byte[]> consumer, KafkaCluster cluster) {
    List<TopicPartition> partitions = TopicReader.partitions(consumer, cluster.name(topic));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long printed = 0;
    while (printed < limit && (follow || !reached(consumer, ends))) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        if (printed++ < limit) {
          output.value(RecordJson.of(record, decode(topic, record)));
        }
      }
    }
  }

  private static boolean reached(
      KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  /** Returns the decoded value, or its bytes when they are not of the topic's schema. */
  private static Object decode(Topic<?> topic, ConsumerRecord<String, byte[]> record) {
    try {
      return topic.decode(record);
    } catch (SerializationException e) {
      return record.value() == null ? "" : record.value();
    }
  }
}
