package dev.rivulet.trainer.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * An entry of one or several texts, each a record of the topic {@code texts}. Its result is "now"
 * for a write, and what {@code committed} holds for a write that is found in the log.
 */
record TextEntry(List<String> texts, Optional<String> committed) implements LogEntry<String> {
  static final String TOPIC = "texts";

  static TextEntry of(String... texts) {
    return new TextEntry(List.of(texts), Optional.empty());
  }

  static ProducerRecord<String, byte[]> record(String text) {
    return new ProducerRecord<>(TOPIC, "key", text.getBytes(UTF_8));
  }

  static String text(ProducerRecord<String, byte[]> record) {
    return new String(record.value(), UTF_8);
  }

  /** Returns the committed texts of a producer, in order. */
  static List<String> texts(Producer<String, byte[]> producer) {
    return ((ScriptedProducer) producer).history().stream().map(TextEntry::text).toList();
  }

  @Override
  public String name() {
    return "text " + texts.get(0);
  }

  @Override
  public long bytes() {
    return texts.stream().mapToLong(String::length).sum();
  }

  @Override
  public String write(LogTransaction transaction) {
    texts.forEach(text -> transaction.put(record(text)));
    return "now";
  }
}
