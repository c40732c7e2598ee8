package dev.rivulet.rankmonitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of {@link RankMonitor} that need no broker. */
class RankMonitorTest {
  private static final KafkaCluster NOWHERE = new KafkaCluster("127.0.0.1:1", Map.of(), "rivulet.");

  @Test
  void new_folderOfAnotherMonitor_namesTheFolderAndTheOption(@TempDir Path folder) {
    try (RankMonitor first = new RankMonitor(NOWHERE, MonitorConfig.DEFAULT, folder)) {
      assertThat(first.isRunning()).isFalse();
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> new RankMonitor(NOWHERE, MonitorConfig.DEFAULT, folder))
          .withMessageContaining("cannot use its folder " + folder)
          .withMessageContaining("--home");
    }
  }
}
