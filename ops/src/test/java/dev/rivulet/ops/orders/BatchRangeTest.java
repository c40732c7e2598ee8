package dev.rivulet.ops.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchRangeTest {

  @Test
  void parse_twoOffsets_includesBoth() {
    assertThat(BatchRange.parse("120-135")).isEqualTo(new BatchRange(120, 135));
  }

  @Test
  void parse_reversedOffsets_fails() {
    assertThatThrownBy(() -> BatchRange.parse("7-5"))
        .hasMessage("batches 7-5: the first offset is greater than the last");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "-7", "7-", "a-b", "1-2-3", "1-9999999999999999999"})
  void parse_otherText_fails(String text) {
    assertThatThrownBy(() -> BatchRange.parse(text))
        .hasMessage("batches %s: use two offsets, such as 120-135".formatted(text));
  }

  @Test
  void of_runOnOnePartition_endsAfterTheLastBatch() {
    assertThat(new BatchRange(120, 135).of(checkpoint(1)))
        .isEqualTo(new SkipRange("rivulet.batches", 0, 120L, 136L));
  }

  @Test
  void of_runOnTwoPartitions_fails() {
    assertThatThrownBy(() -> new BatchRange(120, 135).of(checkpoint(2)))
        .hasMessageContaining("the run reads 2 partitions");
  }

  private static Manifest checkpoint(int partitions) {
    List<TopicOffset> offsets =
        IntStream.range(0, partitions)
            .mapToObj(partition -> new TopicOffset("rivulet.batches", partition, 100L))
            .toList();
    return new Records("run").checkpoint(0, 10, Cause.INTERVAL).setOffsets(offsets).build();
  }
}
