package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.lozo.LozoReplay;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.eval.Metric;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** LOZO in the pipeline: a run is its base model and a few bytes per step. */
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

  /**
   * Replays a run from its steps and from its checkpoints, and compares both with the trainer's
   * scores. The run has a batch without a finite loss, after which the monitor rolls it back.
   */
  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void shouldReplayARunFromItsScalars(BaseForm base) throws Exception {
    ToyStream.publish(cluster, "toy", TrainerProcess.STEPS + 20, Set.of(37));
    TrainerConfig config = config("again-" + base, base);
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
        Trainer trainer = new Trainer(cluster, config)) {
      monitor.start();
      assertThat(trainer.run().finished()).isTrue();
    }
    CheckpointLog log = CheckpointLog.read(cluster, config.run());
    Manifest last = log.newest().orElseThrow();
    assertThat(log.manifests().values())
        .extracting(Manifest::getCause)
        .contains(Cause.ROLLBACK, Cause.FINISH);
    for (Manifest manifest : log.manifests().values()) {
      assertThat(manifest.getSealed()).isEmpty();
      assertThat(manifest.getOpen()).isEmpty();
      assertThat(manifest.getDense()).isEmpty();
      assertThat(manifest.getState()).isEmpty();
      boolean reopened = manifest.getCause() == Cause.ROLLBACK;
      assertThat(ManifestTensors.bytes(ManifestTensors.all(manifest)))
          .isEqualTo(reopened ? 0 : 24 + 24 * (manifest.getStep() == 0 ? 0 : 10));
    }

    LozoReplay ofSteps =
        replay(config, TrainerProcess.LOZO.settings(config.seed(), config.model().rounding()));
    LozoReplay.newestLine(steps(config.run())).forEach(ofSteps::apply);
    LozoReplay ofCheckpoints = replay(config, LozoSettings.of(last));
    try (TensorReader reader = new TensorReader(cluster)) {
      log.lineage(last).stream()
          .map(Manifest::getScalars)
          .filter(Objects::nonNull)
          .flatMap(scalars -> PackedSteps.unpack(reader.bytes(scalars)).stream())
          .forEach(ofCheckpoints::apply);
    }
    assertThat(ofCheckpoints.step()).isEqualTo(TrainerProcess.STEPS);
    requireSameBits(ofCheckpoints, ofSteps);
    for (String checkpoint : List.of("0-000000", "0-000030", "1-000050", "1-000060")) {
      HeldOut heldOut = HeldOut.read(cluster, config.stream());
      try (CheckpointModel opened = CheckpointModel.open(cluster, config, checkpoint)) {
        Map<String, Double> recorded = new HashMap<>(log.get(checkpoint).getMetrics());
        recorded.keySet().retainAll(Metric.keys());
        // The run is evaluated every 20 steps: other manifests have the scores of the last
        // evaluation.
        if (log.get(checkpoint).getStep() % 20 == 0) {
          assertThat(heldOut.scores(opened.model(), 2)).as(checkpoint).isEqualTo(recorded);
        }
        if (checkpoint.equals("1-000060")) {
          requireSameBits(ofCheckpoints, opened.model());
        }
      }
    }
  }

  private static void requireSameBits(LozoReplay actual, LozoReplay expected) {
    for (String layer : expected.bases().keySet()) {
      assertThat(actual.base(layer).floats()).as(layer).isEqualTo(expected.base(layer).floats());
      assertThat(actual.weights().open(layer).update().left())
          .isEqualTo(expected.weights().open(layer).update().left());
      assertThat(actual.weights().right(layer)).isEqualTo(expected.weights().right(layer));
      assertThat(actual.weights().momentum(layer)).isEqualTo(expected.weights().momentum(layer));
    }
  }

  private static void requireSameBits(LozoReplay replay, Transformer model) {
    for (LinearLayer layer : model.layers()) {
      String name = layer.name();
      assertThat(layer.floats()).as(name).isEqualTo(replay.base(name).floats());
      assertThat(layer.left().value().toFloatArray())
          .isEqualTo(replay.weights().open(name).update().left());
      assertThat(layer.right().value().toFloatArray()).isEqualTo(replay.weights().right(name));
    }
    for (Parameter parameter : model.small()) {
      assertThat(parameter.value().toFloatArray())
          .as(parameter.name())
          .isEqualTo(replay.weights().dense(parameter.name()));
    }
  }

  private TrainerConfig config(String run, BaseForm base) throws IOException {
    TrainerConfig lozo = TrainerProcess.config(run, "toy", SmallBert.write(directory), "lozo");
    return new TrainerConfig(
        lozo.run(),
        lozo.model()
            .with(base, base == BaseForm.FP32 ? RoundingPolicy.NEAREST : RoundingPolicy.STOCHASTIC),
        lozo.stream(),
        lozo.seed(),
        lozo.method(),
        lozo.optimization(),
        lozo.cadence(),
        lozo.decisionTimeout(),
        lozo.memory(),
        lozo.engine());
  }

  /** Returns a replay at the base model. */
  private static LozoReplay replay(TrainerConfig config, LozoSettings settings) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(
                kernels,
                config.model().path(),
                new LoadOptions(
                    config.model().labels().size(), config.seed(), config.model().base()))) {
      Map<String, BaseWeight> bases = new LinkedHashMap<>();
      for (LinearLayer layer : model.layers()) {
        bases.put(layer.name(), layer.base());
      }
      Map<String, float[]> dense = new HashMap<>();
      model.small().forEach(p -> dense.put(p.name(), p.value().toFloatArray()));
      return new LozoReplay(settings, bases, dense);
    }
  }

  private List<Step> steps(String run) {
    return new RunReader(cluster, run).steps();
  }
}
