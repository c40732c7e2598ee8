package dev.rivulet.trainer.run;

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
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A trainer as a program, so that a test can kill it: bootstrap, prefix, run, stream, model,
 * method.
 */
public final class TrainerProcess {
  public static final int STEPS = 60;

  private TrainerProcess() {}

  /** V changes between two checkpoints, and at a checkpoint. */
  public static final LozoConfig LOZO = new LozoConfig(2, 6, 1e-3, 0.5, 0, false);

  public static void main(String[] args) {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    try (Trainer trainer =
        new Trainer(cluster, config(args[2], args[3], Path.of(args[4]), args[5]))) {
      System.out.println(trainer.run());
    }
  }

  public static TrainerConfig config(String run, String stream, Path model, String method) {
    return config(run, stream, model, method, 1);
  }

  public static TrainerConfig config(
      String run, String stream, Path model, String method, int accumulate) {
    BaseForm base = method.equals("loqt") ? BaseForm.NF4 : BaseForm.FP32;
    return config(run, stream, model, List.of("low", "high"), method, accumulate, base);
  }

  public static TrainerConfig config(
      String run,
      String stream,
      Path model,
      List<String> labels,
      String method,
      int accumulate,
      BaseForm base) {
    return new TrainerConfig(
        run,
        new ModelConfig(
            model,
            labels,
            false,
            base,
            method.equals("loqt") ? RoundingPolicy.STOCHASTIC : RoundingPolicy.NEAREST),
        stream,
        11,
        method(method),
        new OptimizationConfig(
            STEPS,
            accumulate,
            new LearningRateConfig(2e-3, 0, LearningRateConfig.Schedule.LINEAR),
            1.0),
        new CadenceConfig(20, 10),
        Duration.ofSeconds(60),
        Optional.empty(),
        new EngineConfig("cpu", 1, Optional.of(Precision.FP32)));
  }

  private static MethodConfig method(String name) {
    return switch (name) {
      case "adarankgrad" -> adaRankGrad();
      case "adamw" -> AdamWConfig.DEFAULT;
      case "lora" ->
          new LoraConfig(AdamWConfig.DEFAULT, 4, 16, LoraScaling.RANK, Map.of(), List.of());
      case "lozo" -> LOZO;
      case "loqt" ->
          new LoqtConfig(
              AdamWConfig.DEFAULT,
              4,
              2,
              12,
              1.2,
              OptionalInt.empty(),
              5,
              true,
              MomentPolicy.TRANSPORT,
              4,
              1);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static AdaRankGradConfig adaRankGrad() {
    return AdaRankGradConfig.adaptive(0.8, 1, 12, 2.0, 15);
  }
}
