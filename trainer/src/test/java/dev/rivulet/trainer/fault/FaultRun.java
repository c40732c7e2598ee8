package dev.rivulet.trainer.fault;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.stability.LossSpike;
import dev.rivulet.rankmonitor.stability.NonFinite;
import dev.rivulet.rankmonitor.stability.StabilityConfig;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.config.CadenceConfig;
import dev.rivulet.trainer.config.LearningRateConfig;
import dev.rivulet.trainer.config.ModelConfig;
import dev.rivulet.trainer.config.OptimizationConfig;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The short run of the fault tests: a checkpoint every 5 steps, a refresh with new ranks every 6,
 * and one batch without a finite loss, after which the monitor rolls the run back.
 */
enum FaultRun {
  ADARANKGRAD(AdaRankGradConfig.adaptive(0.8, 1, 12, 2.0, 6)),
  LOQT(
      new LoqtConfig(
          AdamWConfig.DEFAULT,
          4,
          2,
          5,
          1.2,
          OptionalInt.empty(),
          2,
          true,
          MomentPolicy.TRANSPORT,
          4,
          1)),
  LOZO(new LozoConfig(2, 4, 1e-3, 0.5, 0, false)),
  LORA(new LoraConfig(AdamWConfig.DEFAULT, 4, 16, LoraScaling.RANK, Map.of(), List.of()));

  static final int STEPS = 24;
  static final int POISONED = 17;
  static final String STREAM = "toy";

  /** A checkpoint is stable after few steps, so that a rollback returns to it. */
  static final MonitorConfig MONITOR =
      new MonitorConfig(
          new StabilityConfig(NonFinite.DEFAULT, LossSpike.DEFAULT, 3, 0.5, 5),
          Duration.ofMillis(20),
          1);

  @SuppressWarnings("ImmutableEnumChecker") // All of the sealed family are records.
  private final MethodConfig method;

  FaultRun(MethodConfig method) {
    this.method = method;
  }

  /** Publishes the batches of all runs. */
  static void publishBatches(KafkaCluster cluster) {
    ToyStream.publish(cluster, STREAM, STEPS + 10, Set.of(POISONED));
  }

  /**
   * Returns the configuration.
   *
   * @param model directory written by {@link SmallBert}
   */
  TrainerConfig config(String run, Path model) {
    return new TrainerConfig(
        run,
        new ModelConfig(
            model,
            List.of("low", "high"),
            false,
            this == LOQT ? BaseForm.NF4 : BaseForm.FP32,
            this == LOQT ? RoundingPolicy.STOCHASTIC : RoundingPolicy.NEAREST),
        STREAM,
        11,
        method,
        new OptimizationConfig(
            STEPS, 1, new LearningRateConfig(2e-3, 0, LearningRateConfig.Schedule.LINEAR), 1.0),
        new CadenceConfig(12, 5),
        Duration.ofSeconds(60),
        Optional.empty(),
        new EngineConfig("cpu", 1, Optional.of(Precision.FP32)));
  }

  /** Trains in this process until the run is finished. */
  Trainer.Outcome train(KafkaCluster cluster, String run, Path model) {
    try (Trainer trainer = new Trainer(cluster, config(run, model))) {
      return trainer.run();
    }
  }
}
