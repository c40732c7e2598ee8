package dev.rivulet.ops.topics;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code topics} command: lists the topics and creates the missing ones. */
@Command(
    name = "topics",
    description = "List the topics of the pipeline, create them, or print their records.",
    subcommands = TopicsCatCommand.class)
public final class TopicsCommand implements Callable<Integer> {
  private static final List<String> HEADINGS =
      List.of("topic", "exists", "partitions", "offsets", "kept", "key", "purpose");

  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  @Option(names = "--create", description = "Create the topics that are missing.")
  boolean create;

  @Override
  public Integer call() {
    try (KafkaAccess access = kafka.open()) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        if (create) {
          cluster.createMissingTopics(admin);
        }
        output.table(HEADINGS, rows(cluster, cluster.missingTopics(admin)));
      }
    }
    return ExitCode.OK;
  }

  private static List<List<?>> rows(KafkaCluster cluster, List<Topic<?>> missing) {
    List<List<?>> rows = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-topics")) {
      for (Topic<?> topic : Topics.all()) {
        boolean exists = !missing.contains(topic);
        List<TopicPartition> partitions =
            exists ? TopicReader.partitions(consumer, cluster.name(topic)) : List.of();
        rows.add(
            List.of(
                cluster.name(topic),
                exists ? "yes" : "no",
                exists ? partitions.size() : topic.partitions(),
                offsets(consumer, partitions),
                kept(topic.retention()),
                topic.keyedBy(),
                topic.purpose()));
      }
    }
    return rows;
  }

  /** Returns the number of offsets in use: the records and the markers of transactions. */
  private static long offsets(
      KafkaConsumer<String, byte[]> consumer, List<TopicPartition> partitions) {
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    @Nullable Long none = 0L;
    return consumer.endOffsets(partitions).entrySet().stream()
        .mapToLong(end -> end.getValue() - first.getOrDefault(end.getKey(), none))
        .sum();
  }

  private static String kept(Topic.Retention retention) {
    if (retention instanceof Topic.Retention.ByTime time) {
      return time.keep().toDays() + " days";
    }
    return retention instanceof Topic.Retention.Compacted ? "newest by key" : "always";
  }
}
