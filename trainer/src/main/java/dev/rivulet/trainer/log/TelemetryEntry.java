package dev.rivulet.trainer.log;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records of telemetry. */
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

  /** Nothing: readers count a step once, so that it may be written once more. */
  @Override
  public Optional<Boolean> committed() {
    return Optional.empty();
  }
}
