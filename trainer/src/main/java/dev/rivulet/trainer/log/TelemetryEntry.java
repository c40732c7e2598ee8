package dev.rivulet.trainer.log;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Telemetry records that share a transaction. */
record TelemetryEntry(List<ProducerRecord<String, byte[]>> records) implements LogEntry<Boolean> {

  @Override
  public String name() {
    return "telemetry";
  }

  @Override
  public long bytes() {
    return records.stream().mapToLong(record -> record.value().length).sum();
  }

  @Override
  public Boolean write(LogTransaction transaction) {
    records.forEach(transaction::put);
    return true;
  }

  /** Returns nothing: readers count a step once, so a second write does no harm. */
  @Override
  public Optional<Boolean> committed() {
    return Optional.empty();
  }
}
