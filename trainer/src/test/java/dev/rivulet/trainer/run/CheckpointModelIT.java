package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.eval.Metric;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models opened from the log, compared with the trained models. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class CheckpointModelIT {
  private final KafkaCluster cluster;
  @TempDir private Path directory;

  CheckpointModelIT(KafkaCluster shared, @TempDir Path state) {
    cluster = BrokerFixture.withOwnTopics(shared, "checkpoint-model-" + state.getFileName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"adarankgrad", "adamw"})
  void shouldScoreLikeTheTrainerAtEachCheckpoint(String method, @TempDir Path state)
      throws IOException {
    TrainerConfig config = TrainerProcess.config("run", "toy", SmallBert.write(directory), method);
    train(config, state);

    for (String checkpoint : new String[] {"0-000000", "0-000020", "0-000040", "0-000060"}) {
      assertThat(scores(config, checkpoint)).isEqualTo(recorded(checkpoint));
    }
    assertThat(scores(config, null)).isEqualTo(recorded("0-000060"));
    assertThat(recorded("0-000000")).isNotEqualTo(recorded("0-000020"));
    assertThat(recorded("0-000020")).isNotEqualTo(recorded("0-000040"));
    assertThat(recorded("0-000060"))
        .containsOnlyKeys("accuracy", "f1", "mcc", "evalLoss", "evalRows");

    assertThatThrownBy(() -> scores(config, "0-000007"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("run run has no checkpoint 0-000007; it has [0-000000, 0-000010");
    Path weights = directory.resolve("model.safetensors");
    byte[] other = Files.readAllBytes(weights);
    other[other.length - 1] ^= 1;
    Files.write(weights, other);
    assertThatThrownBy(() -> scores(config, null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("run run started from a base model with hash ");
  }

  @Test
  void shouldReportWhatIsMissing() throws IOException {
    TrainerConfig config =
        TrainerProcess.config("none", "unpacked", SmallBert.write(directory), "adamw");

    assertThatThrownBy(() -> scores(config, null))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("held-out batches of stream unpacked are not all there yet");
    assertThatThrownBy(() -> CheckpointModel.open(cluster, config, null))
        .isInstanceOf(UsageException.class)
        .hasMessage("run none has no checkpoint: train it first");
  }

  private void train(TrainerConfig config, Path state) {
    ToyStream.publish(cluster, "toy", TrainerProcess.STEPS + 20, Set.of());
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
        Trainer trainer = new Trainer(cluster, config)) {
      monitor.start();
      assertThat(trainer.run().finished()).isTrue();
    }
  }

  private Map<String, Double> scores(TrainerConfig config, @Nullable String checkpoint) {
    HeldOut heldOut = HeldOut.read(cluster, config.stream());
    try (CheckpointModel opened = CheckpointModel.open(cluster, config, checkpoint)) {
      return heldOut.scores(opened.model(), config.model().labels().size());
    }
  }

  private Map<String, Double> recorded(String checkpoint) {
    Manifest manifest = CheckpointLog.read(cluster, "run").get(checkpoint);
    Map<String, Double> metrics = new HashMap<>(manifest.getMetrics());
    metrics.keySet().retainAll(Metric.keys());
    return metrics;
  }
}
