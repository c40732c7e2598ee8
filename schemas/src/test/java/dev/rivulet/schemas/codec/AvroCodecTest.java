package dev.rivulet.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Step;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AvroCodecTest {
  @ParameterizedTest
  @MethodSource("dev.rivulet.schemas.codec.SchemaHistoryTest#records")
  <T extends SpecificRecord> void encode_populatedRecord_equalsTheOutputOfPlainAvro(Class<T> type) {
    AvroCodec<T> codec = AvroCodec.of(type);
    byte[] written = PopulatedRecord.bytes(SpecificData.get().getSchema(type));
    T record = codec.decode(written);
    assertThat(record.getClass()).isEqualTo(type);
    assertThat(codec.encode(record)).isEqualTo(written);
    assertThat(codec.decode(codec.encode(record))).isEqualTo(record);
  }

  @ParameterizedTest
  @MethodSource("dev.rivulet.schemas.codec.SchemaHistoryTest#records")
  <T extends SpecificRecord> void decode_truncatedAnywhere_isRefused(Class<T> type) {
    AvroCodec<T> codec = AvroCodec.of(type);
    byte[] written = PopulatedRecord.bytes(SpecificData.get().getSchema(type));
    for (int length = 0; length < written.length; length++) {
      byte[] part = Arrays.copyOf(written, length);
      assertThatThrownBy(() -> codec.decode(part))
          .as("%d of %d bytes", length, written.length)
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("not a readable record");
    }
  }

  @Test
  void encode_anyRecord_startsWithTheSingleObjectMarker() {
    assertThat(PopulatedRecord.bytes(Step.getClassSchema())).startsWith(0xC3, 0x01);
  }

  @Test
  void decode_recordOfAnotherType_isRefused() {
    byte[] step = PopulatedRecord.bytes(Step.getClassSchema());
    assertThatThrownBy(() -> AvroCodec.of(Command.class).decode(step))
        .isInstanceOf(SerializationException.class);
  }

  @Test
  void decode_timestamp_isAnInstant() {
    Command command =
        AvroCodec.of(Command.class).decode(PopulatedRecord.bytes(Command.getClassSchema()));
    assertThat(command.getTimestamp())
        .isBetween(Instant.EPOCH, Instant.parse("2100-01-01T00:00:00Z"));
    assertThat(command.getSkip()).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void serde_tombstone_staysNull() {
    Serde<Step> serde = AvroCodec.of(Step.class).serde();
    assertThat(serde.serializer().serialize("steps", null)).isNull();
    assertThat(serde.deserializer().deserialize("steps", null)).isNull();
  }

  @Test
  void raw_bytes_areUnchanged() {
    byte[] bytes = {1, 2, 3};
    assertThat(AvroCodec.raw().decode(AvroCodec.raw().encode(bytes))).containsExactly(1, 2, 3);
    assertThat(List.of(AvroCodec.raw().decode(bytes))).hasSize(1);
  }
}
