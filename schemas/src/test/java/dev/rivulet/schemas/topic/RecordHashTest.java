package dev.rivulet.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.codec.PopulatedRecord;
import dev.rivulet.schemas.record.Manifest;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RecordHashTest {
  private final ProducerRecord<String, byte[]> written =
      new KafkaCluster("none:9", Map.of(), "p.")
          .record(
              Topics.CHECKPOINTS,
              "run/0-000001",
              Topics.CHECKPOINTS.codec().decode(PopulatedRecord.bytes(Manifest.getClassSchema())));

  @Test
  void decode_unchangedValue_returnsTheRecord() {
    ConsumerRecord<String, byte[]> record = read(written.value(), written.headers());
    assertThat(Topics.CHECKPOINTS.decode(record).getRun()).isNotEmpty();
    assertThat(RecordHash.written(record)).isEqualTo(Optional.of(RecordHash.hex(written.value())));
  }

  @Test
  @Tag("fault")
  void decode_anyByteFlipped_failsWithTheOffset() {
    for (int at = 0; at < written.value().length; at++) {
      byte[] flipped = written.value().clone();
      flipped[at] ^= 0x10;
      requireRefused(read(flipped, written.headers()));
    }
  }

  @Test
  @Tag("fault")
  void decode_truncatedAnywhere_failsWithTheOffset() {
    for (int length = 0; length < written.value().length; length++) {
      requireRefused(read(Arrays.copyOf(written.value(), length), written.headers()));
    }
  }

  @Test
  void decode_withoutHash_failsWithTheOffset() {
    Headers none = new ProducerRecord<>("t", "k", "v").headers();
    requireRefused(read(written.value(), none));
  }

  @Test
  void record_otherTopics_carryNoHash() {
    assertThat(Topics.all().stream().filter(Topic::hashed)).containsExactly(Topics.CHECKPOINTS);
  }

  private static void requireRefused(ConsumerRecord<String, byte[]> record) {
    assertThatThrownBy(() -> Topics.CHECKPOINTS.decode(record))
        .isInstanceOf(SerializationException.class)
        .hasMessage(
            "p.checkpoints, partition 0, offset 7: its SHA-256 is not the one that was written"
                + " beside it");
  }

  private static ConsumerRecord<String, byte[]> read(byte[] value, Headers headers) {
    return new ConsumerRecord<>(
        "p.checkpoints",
        0,
        7,
        0,
        TimestampType.CREATE_TIME,
        0,
        value.length,
        "run/0-000001",
        value,
        headers,
        Optional.empty());
  }
}
