package dev.rivulet.schemas.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.RecordHash;
import dev.rivulet.schemas.topic.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The way back to a checkpoint that does without what is lost. */
class NewestWithoutTest {
  /**
   * Three checkpoints in a line; the second seals a factor, and has its open one from the first.
   */
  private final Manifest first = manifest(10, null, List.of(), List.of(factor(0, 1)), 2);

  private final Manifest second = manifest(20, first, List.of(factor(3, 4)), first.getOpen(), 5);
  private final Manifest third = manifest(30, second, List.of(), List.of(factor(6, 7)), 8);
  private final CheckpointLog log =
      new CheckpointLog("r", Map.of(), Map.of(), Map.of(), List.of())
          .with(first).with(second).with(third);

  @Test
  void newestWithout_ownTensor_isTheParent() {
    assertThat(log.newestWithout(chunk(8), third)).contains(second);
    assertThat(log.newestWithout(chunk(5), second)).contains(first);
  }

  @Test
  void newestWithout_tensorThatSeveralHave_isTheNewestWithoutIt() {
    assertThat(log.newestWithout(chunk(0), second)).isEmpty();
    assertThat(log.newestWithout(chunk(0), third)).contains(third);
  }

  @Test
  void newestWithout_sealedFactor_isOlderThanItsSeal() {
    assertThat(log.newestWithout(chunk(3), third)).contains(first);
  }

  private static ChunkRef chunk(long offset) {
    return new ChunkRef("factors", 0, offset, 4, new Sha256(new byte[32]));
  }

  private static TensorRef tensor(long offset) {
    return new TensorRef(
        "t", DType.F32, List.of(1L), new Sha256(new byte[32]), List.of(chunk(offset)));
  }

  private static Factor factor(long left, long right) {
    return new Factor("layer", 0, 1f, tensor(left), tensor(right), null);
  }

  private static Manifest manifest(
      long step, @Nullable Manifest parent, List<Factor> sealed, List<Factor> open, long state) {
    return Manifest.newBuilder()
        .setRun("r")
        .setCheckpoint(CheckpointLog.name(0, step))
        .setParent(parent == null ? null : parent.getCheckpoint())
        .setParentSha256(
            parent == null ? null : RecordHash.hex(Topics.CHECKPOINTS.codec().encode(parent)))
        .setEpoch(0)
        .setStep(step)
        .setTimestamp(Instant.EPOCH)
        .setCause(Cause.INTERVAL)
        .setMethod("adarankgrad")
        .setModel("small")
        .setBaseSha256("")
        .setConfig("{}")
        .setConfigSha256("")
        .setOffsets(List.of())
        .setLabels(List.of())
        .setSkips(List.of())
        .setDecisions(List.of())
        .setSealed(sealed)
        .setOpen(open)
        .setDense(List.of())
        .setState(List.of(tensor(state)))
        .setCounters(Map.of())
        .setRanks(Map.of())
        .setMetrics(Map.of())
        .setProvenance(new Provenance("", "", "", "", "cpu", 1, 0L, "FP32"))
        .build();
  }
}
