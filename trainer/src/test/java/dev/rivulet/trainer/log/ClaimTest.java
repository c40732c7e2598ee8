package dev.rivulet.trainer.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.TopicOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private static final TopicPartition BATCHES = new TopicPartition("batches", 3);
  private static final ConsumerGroupMetadata GROUP = new MockConsumer<>("none").groupMetadata();

  private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
  private final List<Boolean> reads = new ArrayList<>();
  private final Claim claim = claim();

  private Claim claim() {
    return new Claim(
        GROUP,
        List.of(new TopicOffset("batches", 3, 5L)),
        stable -> {
          reads.add(stable);
          return committed;
        });
  }

  @Test
  void opening_withoutCommittedPosition_claimsTheBeginning() {
    assertThat(claim.opening()).containsOnlyKeys(BATCHES);
    assertThat(claim.opening().values()).extracting(OffsetAndMetadata::offset).containsExactly(5L);
  }

  @Test
  void opening_withCommittedPosition_keepsItAndChangesTheHolder() {
    committed.put(BATCHES, new OffsetAndMetadata(40, "another trainer"));
    committed.putAll(claim.opening());
    assertThat(committed.values()).extracting(OffsetAndMetadata::offset).containsExactly(40L);
    assertThat(claim.otherHolder(false)).isEmpty();
  }

  @Test
  void opening_ignoresPartitionsOfOtherTopics() {
    committed.put(new TopicPartition("old", 0), new OffsetAndMetadata(1, ""));
    assertThat(claim.opening()).containsOnlyKeys(BATCHES);
  }

  @Test
  void opening_waitsForOpenTransactions() {
    claim.opening();
    assertThat(reads).containsExactly(true);
  }

  @Test
  void on_commitsThePositionWithThisTrainerAsHolder() {
    committed.putAll(claim.on(List.of(new TopicOffset("batches", 3, 12L))));
    assertThat(committed.values()).extracting(OffsetAndMetadata::offset).containsExactly(12L);
    assertThat(claim.otherHolder(false)).isEmpty();
  }

  @Test
  void otherHolder_afterAnotherClaim_isItsName() {
    committed.putAll(claim.opening());
    committed.put(BATCHES, new OffsetAndMetadata(40, "4711@elsewhere"));
    assertThat(claim.otherHolder(false)).contains("4711@elsewhere");
  }

  @Test
  void otherHolder_ofTwoClaimsInOneProcess_tellsThemApart() {
    committed.putAll(claim().opening());
    assertThat(claim.otherHolder(false)).isPresent();
  }

  @Test
  void otherHolder_withoutAnyClaim_isUnknown() {
    assertThat(claim.otherHolder(true).orElseThrow()).contains("the claim in the log is missing");
    assertThat(reads).containsExactly(true);
  }
}
