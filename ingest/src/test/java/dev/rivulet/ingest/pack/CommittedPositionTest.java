package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.RunException;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CommittedPositionTest {
  private static final TopicPartition FIRST = new TopicPartition("samples", 0);
  private static final Position POSITION =
      new Position(
          1,
          2,
          3,
          4,
          5,
          Map.of(
              FIRST,
              new Position.Span(10, 17, 20),
              new TopicPartition("samples", 1),
              new Position.Span(0, 0, Position.ENDLESS)));

  @Test
  void position_ofCommittedOffsets_isTheCommittedOne() {
    Map<TopicPartition, OffsetAndMetadata> offsets = CommittedPosition.offsets(POSITION, "f");

    assertThat(offsets)
        .hasEntrySatisfying(FIRST, offset -> assertThat(offset.offset()).isEqualTo(17));
    assertThat(offsets.values()).allMatch(offset -> offset.metadata().length() < 4096);
    assertThat(CommittedPosition.position("f", offsets)).isEqualTo(POSITION);
  }

  @Test
  void position_otherSettings_isRefused() {
    assertThatThrownBy(
            () -> CommittedPosition.position("g", CommittedPosition.offsets(POSITION, "f")))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("started with other settings");
  }

  @Test
  void position_withoutMetadata_isRefused() {
    assertThatThrownBy(
            () -> CommittedPosition.position("f", Map.of(FIRST, new OffsetAndMetadata(3))))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("samples-0 has no packer position");
  }

  @Test
  void nextPass_restartsAtTheFirstOffsets() {
    Position next = POSITION.nextPass();

    assertThat(next.pass()).isEqualTo(2);
    assertThat(next.window()).isZero();
    assertThat(next.batches()).isEqualTo(3);
    assertThat(next.spans()).containsEntry(FIRST, new Position.Span(10, 10, 20));
  }
}
