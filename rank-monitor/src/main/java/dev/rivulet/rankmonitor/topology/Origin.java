package dev.rivulet.rankmonitor.topology;

import org.apache.kafka.streams.processor.api.ProcessingContext;

/** Where the record that is being processed came from, for messages. */
final class Origin {
  private Origin() {}

  static String of(ProcessingContext context) {
    return context
        .recordMetadata()
        .map(at -> "%s, partition %d, offset %d".formatted(at.topic(), at.partition(), at.offset()))
        .orElse("a record of unknown origin");
  }
}
