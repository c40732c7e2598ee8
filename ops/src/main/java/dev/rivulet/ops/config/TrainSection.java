package dev.rivulet.ops.config;

import dev.rivulet.trainer.loop.TrainerConfig;
import dev.rivulet.trainer.loop.TrainerConfig.Schedule;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MethodConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The section {@code train}, {@code engine}, and one for each method. */
final class TrainSection {
  private TrainSection() {}

  static Optional<TrainerConfig> read(
      Section root, Section train, String run, ModelDirectory model, String stream, long seed) {
    EngineSection engine = EngineSection.read(root.section("engine"));
    AdamWConfig adamw = adamw(root.section("adamw"));
    AdaRankGradConfig adarankgrad = adarankgrad(root.section("adarankgrad"), adamw);
    LozoConfig lozo = lozo(root.section("lozo"));
    MethodConfig method = choice(train, List.of(adarankgrad, adamw, lozo));
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
                    engine.memory(),
                    engine.config()));
    train.done();
    return config;
  }

  /** Returns the method that is asked for: the first one by default. */
  private static MethodConfig choice(Section train, List<MethodConfig> methods) {
    List<String> names = methods.stream().map(MethodConfig::name).toList();
    String name = train.get("method", Kind.choice(names), names.get(0), "the method");
    return methods.get(names.indexOf(name));
  }

  private static AdamWConfig adamw(Section section) {
    AdamWConfig usual = AdamWConfig.DEFAULT;
    AdamWConfig config =
        new AdamWConfig(
            section.get("beta1", Kind.BELOW_ONE, usual.beta1(), "decay of the first moment"),
            section.get("beta2", Kind.BELOW_ONE, usual.beta2(), "decay of the second moment"),
            section.get("epsilon", Kind.POSITIVE, usual.epsilon(), "added to the moment's root"),
            section.get(
                "weightDecay",
                Kind.NOT_NEGATIVE,
                usual.weightDecay(),
                "decoupled weight decay on matrices"));
    section.done();
    return config;
  }

  private static AdaRankGradConfig adarankgrad(Section section, AdamWConfig adam) {
    AdaRankGradConfig usual = AdaRankGradConfig.DEFAULT;
    int minRank = section.get("minRank", Kind.count(1), usual.minRank(), "smallest rank");
    int maxRank = section.get("maxRank", Kind.count(1), usual.maxRank(), "largest rank");
    if (minRank > maxRank) {
      section.reject("minRank", "at most adarankgrad.maxRank, which is " + maxRank);
    }
    AdaRankGradConfig config =
        new AdaRankGradConfig(
            adam,
            section.get(
                "energyShare",
                Kind.SHARE,
                usual.energyShare(),
                "share of the gradient's energy that the rank must capture"),
            minRank,
            maxRank,
            section.get("scale", Kind.POSITIVE, usual.scale(), "scale of the overlay (alpha)"),
            section.get(
                "refreshEvery", Kind.count(1), usual.refreshEvery(), "steps between refreshes"),
            section.get(
                "oversampling",
                Kind.count(0),
                usual.oversampling(),
                "extra columns of the range finder"),
            section.get(
                "powerIterations",
                Kind.count(0),
                usual.powerIterations(),
                "power iterations of the range finder"),
            section.get(
                "hysteresis",
                Kind.BELOW_ONE,
                usual.hysteresis(),
                "relative fall of a rank below which it stays as it is"),
            section
                .find("budget", Kind.BYTE_SIZE, "bytes of bases, factors and moments together")
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty()));
    section.done();
    return config;
  }

  private static LozoConfig lozo(Section section) {
    LozoConfig usual = LozoConfig.DEFAULT;
    int queries =
        section.get(
            "queries",
            Kind.count(0),
            usual.queries(),
            "one-sided queries of a step; 0 for a central pair");
    boolean normalise =
        section.get(
            "normalise",
            Kind.FLAG,
            usual.normalise(),
            "divide the queries' differences by their standard deviation");
    if (normalise && queries < 2) {
      section.reject("normalise", "false with fewer than 2 lozo.queries");
    }
    LozoConfig config =
        new LozoConfig(
            section.get("rank", Kind.count(1), usual.rank(), "rank of the updates"),
            section.get(
                "redrawEvery", Kind.count(1), usual.redrawEvery(), "updates between draws of V"),
            section.get(
                "epsilon", Kind.POSITIVE, usual.epsilon(), "length of a probe along its direction"),
            section.get(
                "momentum",
                Kind.BELOW_ONE,
                usual.momentum(),
                "decay of the momentum: 0 is LOZO, above 0 LOZO-M"),
            queries,
            normalise && queries >= 2);
    section.done();
    return config;
  }
}
