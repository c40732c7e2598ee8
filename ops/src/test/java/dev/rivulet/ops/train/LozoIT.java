package dev.rivulet.ops.train;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.rivulet.ops.broker.BrokerFixture;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.zeroth.LozoFactor;
import dev.rivulet.schemas.zeroth.LozoReplay;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.loop.TrainerConfig;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** LOZO in the pipeline: a run is its base and a few bytes a step. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class LozoIT {
  private final KafkaCluster cluster;
  private final Path state;
  @TempDir private Path directory;

  LozoIT(KafkaCluster shared, @TempDir Path state) {
    cluster = BrokerFixture.withOwnTopics(shared, "lozo-" + state.getFileName());
    this.state = state;
  }

  /** Past a batch without a finite loss, for which the monitor rolls the run back. */
  @Test
  void shouldMakeARunAgainFromItsStepsAlone() throws Exception {
    ToyStream.publish(cluster, "toy", TrainerProcess.STEPS + 20, Set.of(37));
    TrainerConfig config =
        TrainerProcess.config("again", "toy", SmallBert.write(directory), "lozo");
    LozoReplay replay = replay(config);
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
        Trainer trainer = new Trainer(cluster, config)) {
      monitor.start();
      assertThat(trainer.run().finished()).isTrue();
    }

    LozoReplay.newestLine(steps()).forEach(replay::apply);

    CheckpointLog log = CheckpointLog.read(cluster, "again");
    Manifest last = log.newest().orElseThrow();
    assertThat(log.manifests().values())
        .extracting(Manifest::getCause)
        .contains(Cause.ROLLBACK, Cause.FINISH);
    assertThat(replay.step()).isEqualTo(TrainerProcess.STEPS);
    Map<String, BaseWeight> folded = replay(config).bases();
    try (TensorReader reader = new TensorReader(cluster)) {
      for (Manifest manifest : log.lineage(last)) {
        for (Factor factor : manifest.getSealed()) {
          requireNonNull(folded.get(factor.getLayer()))
              .add(
                  reader.floats(factor.getLeft()),
                  reader.floats(factor.getRight()),
                  TrainerProcess.LOZO.rank(),
                  factor.getScale(),
                  new Rounding(factor.getRounding()));
        }
      }
      assertThat(last.getOpen()).hasSize(12);
      for (Factor factor : last.getOpen()) {
        String layer = factor.getLayer();
        LozoFactor open = replay.weights().open(layer);
        assertThat(open.left()).isEqualTo(reader.floats(factor.getLeft()));
        assertThat(open.right()).isEqualTo(reader.floats(factor.getRight()));
        assertThat(replay.base(layer).floats())
            .as(layer)
            .isEqualTo(requireNonNull(folded.get(layer)).floats());
      }
      for (TensorRef tensor : last.getDense()) {
        assertThat(replay.weights().dense(tensor.getName()))
            .as(tensor.getName())
            .isEqualTo(reader.floats(tensor));
      }
    }
  }

  /** Returns a replay that stands at the base. */
  private static LozoReplay replay(TrainerConfig config) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(
                kernels,
                config.model(),
                LoadOptions.classifier(config.labels().size(), config.seed()))) {
      Map<String, BaseWeight> bases = new LinkedHashMap<>();
      for (LinearLayer layer : model.layers()) {
        float[] values = layer.weight().value().toFloatArray();
        bases.put(layer.name(), new BaseWeight.Float32(layer.in(), layer.out(), values));
      }
      Map<String, float[]> dense = new HashMap<>();
      model.small().forEach(p -> dense.put(p.name(), p.value().toFloatArray()));
      return new LozoReplay(
          TrainerProcess.LOZO.settings(config.seed(), config.rounding()), bases, dense);
    }
  }

  private List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(cluster, consumer, Topics.STEPS, (record, step) -> steps.add(step));
    }
    return steps;
  }
}
