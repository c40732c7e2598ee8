package dev.rivulet.ops.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.broker.Tmpfs;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.trainer.fault.FullDiskRun;
import dev.rivulet.trainer.fault.Warnings;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The full disk of the embedded broker. A broker that ran out of room would end the trainer's
 * process, so the trainer waits for room before it writes.
 */
@Tag("fault")
@Timeout(300)
class DiskFullIT {

  @Test
  void shouldWaitForRoomOnTheDiskOfTheEmbeddedBroker(@TempDir Path directory) throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), 256);
        KafkaAccess access = KafkaAccess.open(KafkaSettings.DEFAULT, disk.root());
        Warnings warnings = new Warnings()) {
      FullDiskRun run = new FullDiskRun(access.cluster(), model, disk);
      run.trainWithoutFault();
      CompletableFuture<Trainer.Outcome> training = run.start(access.room(), 1 << 20);

      String warning = "checkpoint 0-000010 is not written: the disk of " + disk.root();
      assertThat(warnings.next()).startsWith(warning).contains("MB are needed: free some space");
      assertThat(CheckpointLog.read(access.cluster(), FullDiskRun.RUN).manifests().keySet())
          .isEqualTo(Set.of("0-000000", "0-000005"));
      assertThat(training).isNotDone();
      disk.free();
      assertThat(training.join().finished()).isTrue();
      run.requireNothingLost(warning);
    }
  }
}
