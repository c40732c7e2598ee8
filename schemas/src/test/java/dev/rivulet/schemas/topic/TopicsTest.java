package dev.rivulet.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.codec.PopulatedRecord;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Step;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TopicsTest {
  @Test
  void all_namesKeysAndCleanup_arePinned() {
    String year = " delete retention.ms=31536000000";
    String month = " delete retention.ms=2592000000";
    assertThat(Topics.all().stream().map(TopicsTest::line))
        .containsExactly(
            "samples by source id x1" + month,
            "samples.dlq by as read x1" + month,
            "batches by stream x1" + month,
            "batches.eval by stream x1" + month,
            "spectrum by run/layer x1" + year,
            "steps by run x1" + year,
            "ranks by run/layer x1 compact",
            "control by run x1" + year,
            "factors by run/tensor x1 delete retention.ms=-1",
            "state by run/tensor x1" + year,
            "checkpoints by run/checkpoint x1 compact",
            "snapshots by run/checkpoint x1 compact");
  }

  private static String line(Topic<?> topic) {
    Map<String, String> settings = topic.retention().settings();
    String keep = settings.get("retention.ms");
    return "%s by %s x%d %s%s"
        .formatted(
            topic.name(),
            topic.keyedBy(),
            topic.partitions(),
            settings.get("cleanup.policy"),
            keep == null ? "" : " retention.ms=" + keep);
  }

  static Stream<byte @Nullable []> unreadable() {
    byte[] step = PopulatedRecord.bytes(Step.getClassSchema());
    return Stream.of(
        null,
        new byte[0],
        "{\"step\": 1}".getBytes(StandardCharsets.UTF_8),
        PopulatedRecord.bytes(Command.getClassSchema()),
        Arrays.copyOf(step, step.length - 1));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void decode_unreadableValue_failsWithTheOffset(byte @Nullable [] value) {
    ConsumerRecord<String, byte[]> record =
        new ConsumerRecord<>("rivulet.steps", 3, 42, "run", value);
    assertThatThrownBy(() -> Topics.STEPS.decode(record))
        .isInstanceOf(SerializationException.class)
        .hasMessageStartingWith("rivulet.steps, partition 3, offset 42: ");
  }

  @Test
  void name_withPrefix_startsWithIt() {
    KafkaCluster cluster = new KafkaCluster("localhost:1", Map.of("password", "secret"), "team.");
    assertThat(cluster.name(Topics.EVAL_BATCHES)).isEqualTo("team.batches.eval");
    assertThat(cluster).hasToString("Kafka at localhost:1, topics team.*");
  }
}
