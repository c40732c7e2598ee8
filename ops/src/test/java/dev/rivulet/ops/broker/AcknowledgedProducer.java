package dev.rivulet.ops.broker;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A program that runs a broker on the directory it is given and produces the numbers from 0 without
 * end. It prints each number once the broker has acknowledged it. To be killed.
 */
final class AcknowledgedProducer {
  private AcknowledgedProducer() {}

  public static void main(String[] args) throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), 0);
    KafkaCluster cluster = new KafkaCluster(broker.bootstrapServers(), Map.of(), "");
    try (Admin admin = cluster.admin()) {
      cluster.createMissingTopics(admin);
    }
    try (KafkaProducer<String, byte[]> producer = cluster.producer("child", null)) {
      for (long number = 0; ; number++) {
        byte[] value = Long.toString(number).getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(Topics.DEAD_LETTERS.name(), "n", value)).get();
        System.out.println(number);
      }
    }
  }
}
