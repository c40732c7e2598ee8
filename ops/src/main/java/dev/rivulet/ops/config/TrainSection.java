package dev.rivulet.ops.config;

import dev.rivulet.trainer.config.CadenceConfig;
import dev.rivulet.trainer.config.LearningRateConfig;
import dev.rivulet.trainer.config.ModelConfig;
import dev.rivulet.trainer.config.OptimizationConfig;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.MethodConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The section {@code train}, and those of the engine and of each method. */
final class TrainSection {
  private TrainSection() {}

  static Optional<TrainerConfig> read(
      Section root,
      Section train,
      String run,
      ModelDirectory model,
      String stream,
      long seed,
      Path folder) {
    Section engineSection = root.section("engine");
    EngineSection engine = EngineSection.read(engineSection);
    List<MethodConfig> methods = MethodSections.read(root, folder);
    MethodConfig method = method(train, methods);
    method.rejects(engine.base()).ifPresent(allowed -> engineSection.reject("base", allowed));
    OptimizationConfig optimization = optimization(train);
    CadenceConfig cadence = CadenceConfig.DEFAULT;
    Optional<TrainerConfig> config =
        train.build(
            () ->
                new TrainerConfig(
                    run,
                    new ModelConfig(
                        model.path(),
                        model.labels(),
                        train.get(
                            "trainEmbeddings",
                            Kind.FLAG,
                            false,
                            "train the embedding matrices too"),
                        engine.base(),
                        engine.rounding()),
                    stream,
                    seed,
                    method,
                    optimization,
                    new CadenceConfig(
                        train.get(
                            "evaluateEvery",
                            Kind.whole(1),
                            cadence.evaluateEvery(),
                            "steps between evaluations"),
                        train.get(
                            "checkpointEvery",
                            Kind.whole(1),
                            cadence.checkpointEvery(),
                            "steps between checkpoints")),
                    train.get(
                        "decisionTimeout",
                        Kind.DURATION,
                        TrainerConfig.DECISION_TIMEOUT,
                        "how long a refresh waits for the rank monitor"),
                    engine.memory(),
                    engine.config()));
    train.done();
    return config;
  }

  private static OptimizationConfig optimization(Section train) {
    long steps = train.need("steps", Kind.whole(1), 1L, "number of optimizer steps");
    OptimizationConfig defaults = OptimizationConfig.defaults(steps);
    LearningRateConfig rate = defaults.learningRate();
    long warmupSteps =
        train.get(
            "warmupSteps",
            Kind.whole(0),
            rate.warmupSteps(),
            "steps over which the learning rate rises");
    if (warmupSteps > steps) {
      train.reject("warmupSteps", "at most train.steps");
    }
    return new OptimizationConfig(
        steps,
        train.get(
            "accumulate",
            Kind.count(1),
            defaults.accumulate(),
            "batches of a step, whose gradients are accumulated"),
        new LearningRateConfig(
            train.get("learningRate", Kind.POSITIVE, rate.peak(), "peak learning rate"),
            warmupSteps,
            train.get(
                "schedule",
                Kind.choice(LearningRateConfig.Schedule.class),
                rate.schedule(),
                "how the learning rate falls after the warm-up")),
        train.get(
            "clipNorm",
            Kind.NOT_NEGATIVE,
            defaults.clipNorm(),
            "largest gradient norm that is applied; 0 for no clipping"));
  }

  /** Returns the method that the file names; the first by default. */
  private static MethodConfig method(Section train, List<MethodConfig> methods) {
    MethodConfig defaults = methods.get(0);
    List<String> names = methods.stream().map(MethodConfig::name).toList();
    String name = train.get("method", Kind.choice(names), defaults.name(), "the method");
    return methods.stream()
        .filter(config -> config.name().equals(name))
        .findFirst()
        .orElse(defaults);
  }
}
