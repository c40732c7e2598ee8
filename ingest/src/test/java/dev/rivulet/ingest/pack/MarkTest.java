package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class MarkTest {
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
  void position_ofItsOffsets_isTheSame() {
    Map<TopicPartition, OffsetAndMetadata> offsets = Mark.offsets(POSITION, "f");

    assertThat(offsets)
        .hasEntrySatisfying(FIRST, offset -> assertThat(offset.offset()).isEqualTo(17));
    assertThat(offsets.values()).allMatch(offset -> offset.metadata().length() < 4096);
    assertThat(Mark.position("f", offsets)).isEqualTo(POSITION);
  }

  @Test
  void position_otherSettings_isRefused() {
    assertThatThrownBy(() -> Mark.position("g", Mark.offsets(POSITION, "f")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("begun with other settings");
  }

  @Test
  void position_metadataLost_isRefused() {
    assertThatThrownBy(() -> Mark.position("f", Map.of(FIRST, new OffsetAndMetadata(3))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("samples-0 has lost the packer's position");
  }

  @Test
  void nextPass_startsOver() {
    Position next = POSITION.nextPass();

    assertThat(next.pass()).isEqualTo(2);
    assertThat(next.window()).isZero();
    assertThat(next.batches()).isEqualTo(3);
    assertThat(next.spans()).containsEntry(FIRST, new Position.Span(10, 10, 20));
  }
}
