package dev.rivulet.ops.config;

import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.config.TrainerConfig.Schedule;
import dev.rivulet.trainer.method.MethodConfig;
import java.nio.file.Path;
import java.time.Duration;
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
    long steps = train.need("steps", Kind.whole(1), 1L, "optimizer steps in all");
    long warmupSteps =
        train.get("warmupSteps", Kind.whole(0), 0L, "steps over which the learning rate rises");
    if (warmupSteps > steps) {
      train.reject("warmupSteps", "at most train.steps");
    }
    Optional<TrainerConfig> config =
        train.build(
            () ->
                new TrainerConfig(
                    run,
                    model.path(),
                    model.labels(),
                    stream,
                    method,
                    steps,
                    train.get(
                        "accumulate",
                        Kind.count(1),
                        1,
                        "batches of a step, their gradients accumulated"),
                    train.get("learningRate", Kind.POSITIVE, 1e-4, "peak learning rate"),
                    warmupSteps,
                    train.get(
                        "schedule", Kind.choice(Schedule.class), Schedule.LINEAR, "how it falls"),
                    train.get(
                        "clipNorm", Kind.NOT_NEGATIVE, 1.0, "largest gradient norm; 0 for none"),
                    train.get(
                        "trainEmbeddings", Kind.FLAG, false, "train the embedding matrices too"),
                    seed,
                    train.get("evaluateEvery", Kind.whole(1), 100L, "steps between evaluations"),
                    train.get("checkpointEvery", Kind.whole(1), 100L, "steps between checkpoints"),
                    train.get(
                        "decisionTimeout",
                        Kind.DURATION,
                        Duration.ofSeconds(60),
                        "how long a refresh waits for the rank monitor"),
                    engine.base(),
                    engine.rounding(),
                    engine.memory(),
                    engine.config()));
    train.done();
    return config;
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
