package dev.rivulet.schemas.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The line of history that the sound manifests of a run leave. */
class CheckpointLogTest {
  private CheckpointLog log = new CheckpointLog("run", Map.of(), Map.of(), Map.of(), List.of());

  /** Steps 0 to 30, rolled back to 20, on to 30 and 40. */
  CheckpointLogTest() {
    write(0, 0, null);
    write(0, 10, "0-000000");
    write(0, 20, "0-000010");
    write(0, 30, "0-000020");
    write(1, 20, "0-000020");
    write(1, 30, "1-000020");
    write(1, 40, "1-000030");
  }

  @Test
  void newest_allSound_isTheLastOfTheNewestEpoch() {
    assertThat(newest(log)).isEqualTo("1-000040");
    assertThat(log.nextEpoch()).isEqualTo(2);
    assertThat(log.newestUpTo(35).map(Manifest::getCheckpoint)).contains("1-000030");
    assertThat(log.lineage(log.get("1-000030")))
        .extracting(Manifest::getCheckpoint)
        .containsExactly("0-000000", "0-000010", "0-000020", "1-000020", "1-000030");
  }

  @Test
  void newest_lastDamaged_isTheOneBefore() {
    CheckpointLog damaged = without("1-000040");
    assertThat(newest(damaged)).isEqualTo("1-000030");
    assertThat(damaged.nextEpoch()).isEqualTo(2);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> damaged.get("1-000040"))
        .withMessage(
            "run run: the manifest of checkpoint 1-000040 at t, partition 0, offset 5 is damaged:"
                + " altered");
  }

  /** What was rolled back from does not come to life again. */
  @Test
  void newest_rollbackDamaged_isTheCheckpointThatItWentBackTo() {
    CheckpointLog damaged = without("1-000020");
    assertThat(newest(damaged)).isEqualTo("0-000020");
    assertThat(damaged.nextEpoch()).isEqualTo(2);
    assertThat(damaged.gap(damaged.get("1-000040")))
        .contains(
            "checkpoint 1-000030: its parent: run run: the manifest of checkpoint 1-000020 at t,"
                + " partition 0, offset 5 is damaged: altered");
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> damaged.lineage(damaged.get("1-000040")))
        .withMessageContaining("its parent");
  }

  @Test
  void newest_allOfAnEpochDamaged_isBeforeItAndItsNumberIsNotTakenAgain() {
    CheckpointLog damaged = without("1-000020", "1-000030", "1-000040");
    assertThat(newest(damaged)).isEqualTo("0-000020");
    assertThat(damaged.nextEpoch()).isEqualTo(2);
  }

  @Test
  void newest_firstDamaged_isNone() {
    CheckpointLog damaged = without("0-000000");
    assertThat(damaged.newest()).isEmpty();
    assertThat(damaged.damages()).hasSize(1);
  }

  @Test
  void newest_ancestorReplaced_isBeforeIt() {
    Map<String, String> hashes = new HashMap<>(log.hashes());
    hashes.put("1-000030", "another");
    CheckpointLog replaced = new CheckpointLog("run", log.manifests(), hashes, Map.of(), List.of());
    assertThat(newest(replaced)).isEqualTo("1-000030");
    assertThat(replaced.gap(replaced.get("1-000040")))
        .get()
        .asString()
        .startsWith("checkpoint 1-000040: its parent 1-000030 is not the one that it was written");
  }

  @Test
  void nextEpoch_recordsThatCannotBeNamed_isAboveWhatTheyMayHaveOpened() {
    List<LogDamage> lost = List.of(new LogDamage(null, "t", 0, 5, 3, "unreadable"));
    assertThat(new CheckpointLog("run", log.manifests(), log.hashes(), Map.of(), lost).nextEpoch())
        .isEqualTo(5);
  }

  @Test
  void with_manifest_takesThePlaceOfADamagedOne() {
    CheckpointLog whole = without("1-000040").with(log.get("1-000040"));
    assertThat(newest(whole)).isEqualTo("1-000040");
    assertThat(whole.damages()).isEmpty();
    assertThat(whole.sha256("1-000040")).isEqualTo(log.sha256("1-000040"));
  }

  private static String newest(CheckpointLog log) {
    return log.newest().orElseThrow().getCheckpoint();
  }

  private void write(int epoch, long step, @Nullable String parent) {
    log =
        log.with(
            Manifests.draft("run", epoch, step)
                .setCause(parent == null ? Cause.START : Cause.INTERVAL)
                .setParent(parent)
                .setParentSha256(parent == null ? null : log.sha256(parent))
                .build());
  }

  private CheckpointLog without(String... names) {
    Map<String, Manifest> manifests = new TreeMap<>(log.manifests());
    Map<String, String> hashes = new HashMap<>(log.hashes());
    List<LogDamage> damages = new ArrayList<>();
    for (String name : names) {
      manifests.remove(name);
      hashes.remove(name);
      damages.add(new LogDamage(name, "t", 0, 5, 1, "altered"));
    }
    return new CheckpointLog("run", manifests, hashes, Map.of(), damages);
  }
}
