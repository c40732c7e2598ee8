package dev.rivulet.trainer.log;

import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** A run in memory: scripted producers, the group offsets that they commit, and one claim. */
final class RunHarness {
  static final KafkaCluster CLUSTER = new KafkaCluster("nowhere:9092", Map.of(), "");
  static final TopicPartition BATCHES = new TopicPartition("batches", 3);
  private static final ConsumerGroupMetadata GROUP = new MockConsumer<>("none").groupMetadata();
  static final Pauses SHORT =
      new Pauses(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(1), Duration.ZERO);

  final Map<TopicPartition, OffsetAndMetadata> group = new HashMap<>();
  final List<ScriptedProducer> opened = new ArrayList<>();
  final Outage outage = new Outage();
  final Claim claim =
      new Claim(
          GROUP,
          List.of(new TopicOffset(BATCHES.topic(), BATCHES.partition(), 0L)),
          stable -> Map.copyOf(group));

  private final List<Consumer<ScriptedProducer>> scripts = new ArrayList<>();

  /** Sets the script of the next producer that has none yet. */
  RunHarness script(Consumer<ScriptedProducer> script) {
    scripts.add(script);
    return this;
  }

  RunProducer producer() {
    return new RunProducer(CLUSTER, "run", claim, outage, SHORT, this::open);
  }

  private Producer<String, byte[]> open() {
    ScriptedProducer producer = new ScriptedProducer(group);
    if (opened.size() < scripts.size()) {
      scripts.get(opened.size()).accept(producer);
    }
    opened.add(producer);
    return producer;
  }

  /** Commits the claim of another trainer. */
  void claimByOther(String name) {
    group.put(BATCHES, new OffsetAndMetadata(7, name));
  }

  /** Returns the committed texts of all producers, in order. */
  List<String> texts() {
    return opened.stream().flatMap(producer -> TextEntry.texts(producer).stream()).toList();
  }
}
