package dev.rivulet.ops.config;

import static dev.rivulet.ops.config.KeyMapping.adaRankGrad;
import static dev.rivulet.ops.config.KeyMapping.adamw;
import static dev.rivulet.ops.config.KeyMapping.loqt;
import static dev.rivulet.ops.config.KeyMapping.lora;
import static dev.rivulet.ops.config.KeyMapping.lozo;
import static dev.rivulet.ops.config.KeyMapping.mapping;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.config.LearningRateConfig.Schedule;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.method.ResidualPolicy;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/** Every key of a configuration file with the component that it sets. */
final class KeyMappings {
  private KeyMappings() {}

  static Stream<KeyMapping> all() {
    return Stream.of(data(), training(), engine(), methods(), monitor())
        .flatMap(Function.identity());
  }

  private static Stream<KeyMapping> data() {
    return Stream.of(
        mapping("run", "", "second", config -> config.trainer().run(), "second"),
        mapping(
            "kafka.address",
            "",
            "\"host:9092\"",
            c -> c.kafka().address(),
            Optional.of("host:9092")),
        mapping(
                "kafka.clientSettings",
                "",
                "own.properties",
                c -> names(c.kafka().clientSettings()),
                Optional.of("own.properties"))
            .with("kafka.address", "\"host:9092\""),
        mapping("kafka.prefix", "rivulet.", "p.", config -> config.kafka().prefix(), "p."),
        mapping("kafka.port", "0", "9093", config -> config.kafka().port(), 9093),
        mapping(
            "model.path",
            "",
            "other",
            c -> c.trainer().model().path().getFileName().toString(),
            "other"),
        mapping(
            "model.labels",
            "[]",
            "[a, b, c]",
            c -> c.trainer().model().labels(),
            List.of("a", "b", "c")),
        mapping(
            "data.stream",
            "run",
            "own",
            c -> List.of(c.trainer().stream(), c.packer().stream()),
            List.of("own", "own")),
        mapping(
            "data.source",
            "",
            "reviews",
            config -> Optional.ofNullable(config.packer().source()),
            Optional.of("reviews")),
        mapping(
            "data.task",
            "classification",
            "causal-lm",
            config -> config.packer().task(),
            Task.CAUSAL_LM),
        mapping(
                "data.endOfText",
                "",
                "</s>",
                config -> Optional.ofNullable(config.packer().endOfText()),
                Optional.of("</s>"))
            .with("data.task", "causal-lm"),
        mapping("data.batchSize", "16", "17", config -> config.packer().batchSize(), 17),
        mapping("data.maxLength", "64", "65", config -> config.packer().maxLength(), 65),
        mapping("data.shuffleWindow", "65536", "66", config -> config.packer().shuffleWindow(), 66),
        mapping("data.epochs", "1", "2", config -> config.packer().dataEpochs(), 2),
        mapping("data.follow", "false", "true", config -> config.packer().follow(), true)
            .with("data.evalShare", "0"),
        mapping("data.evalShare", "0.1", "0.2", config -> config.packer().evalShare(), 0.2),
        mapping("status.host", "127.0.0.1", "0.0.0.0", config -> config.status().host(), "0.0.0.0"),
        mapping("status.port", "8080", "8081", config -> config.status().port(), 8081));
  }

  private static Stream<KeyMapping> training() {
    return Stream.of(
        mapping(
            "train.seed",
            "0",
            "5",
            c -> List.of(c.trainer().seed(), c.packer().seed()),
            List.of(5L, 5L)),
        mapping(
            "train.method",
            "adarankgrad",
            "lora",
            config -> config.trainer().method().name(),
            "lora"),
        mapping("train.steps", "", "401", config -> config.trainer().optimization().steps(), 401L),
        train("warmupSteps", "0", "6", t -> t.optimization().learningRate().warmupSteps(), 6L),
        train("accumulate", "1", "3", t -> t.optimization().accumulate(), 3),
        train("learningRate", "0.0001", "2e-3", t -> t.optimization().learningRate().peak(), 2e-3),
        train(
            "schedule",
            "linear",
            "cosine",
            t -> t.optimization().learningRate().schedule(),
            Schedule.COSINE),
        train("clipNorm", "1", "1.5", t -> t.optimization().clipNorm(), 1.5),
        train("trainEmbeddings", "false", "true", t -> t.model().trainEmbeddings(), true),
        train("evaluateEvery", "100", "7", t -> t.cadence().evaluateEvery(), 7L),
        train("checkpointEvery", "100", "8", t -> t.cadence().checkpointEvery(), 8L),
        train(
            "decisionTimeout", "60s", "9s", TrainerConfig::decisionTimeout, Duration.ofSeconds(9)));
  }

  private static KeyMapping train(
      String key,
      String fallback,
      String value,
      Function<TrainerConfig, Object> component,
      Object expected) {
    return mapping(
        "train." + key, fallback, value, config -> component.apply(config.trainer()), expected);
  }

  private static Stream<KeyMapping> engine() {
    return Stream.of(
        mapping("engine.base", "fp32", "nf4", c -> c.trainer().model().base(), BaseForm.NF4),
        mapping(
                "engine.rounding",
                "nearest",
                "stochastic",
                c -> c.trainer().model().rounding(),
                RoundingPolicy.STOCHASTIC)
            .with("engine.base", "bf16"),
        mapping(
            "engine.memory",
            "auto",
            "lean",
            c -> c.trainer().memory(),
            Optional.of(MemoryMode.LEAN)),
        mapping("engine.device", "auto", "\"gpu:1\"", c -> c.trainer().engine().device(), "gpu:1"),
        mapping(
            "engine.threads",
            String.valueOf(Processors.cores()),
            "3",
            c -> c.trainer().engine().threads(),
            3),
        mapping(
            "engine.precision",
            "fp32",
            "bf16",
            c -> c.trainer().engine().precision(),
            Optional.of(Precision.BF16)));
  }

  private static Stream<KeyMapping> methods() {
    return Stream.of(
        adamw("beta1", "0.9", "0.8", AdamWConfig::beta1, 0.8),
        adamw("beta2", "0.999", "0.98", AdamWConfig::beta2, 0.98),
        adamw("epsilon", "1E-8", "1e-7", AdamWConfig::epsilon, 1e-7),
        adamw("weightDecay", "0", "0.01", AdamWConfig::weightDecay, 0.01),
        adaRankGrad("minRank", "1", "3", AdaRankGradConfig::minRank, 3),
        adaRankGrad("maxRank", "32", "33", AdaRankGradConfig::maxRank, 33),
        adaRankGrad("refreshEvery", "100", "150", method -> method.refresh().every(), 150)
            .with("adarankgrad.refreshEarliest", "40"),
        adaRankGrad("refreshEarliest", "", "41", method -> method.refresh().earliest(), 41),
        adaRankGrad("normShare", "0", "0.3", method -> method.refresh().normShare(), 0.3),
        adaRankGrad("residualExcess", "0", "0.2", method -> method.refresh().residualExcess(), 0.2),
        adaRankGrad("displacement", "0", "0.1", method -> method.refresh().displacement(), 0.1),
        adaRankGrad("energyShare", "0.9", "0.8", AdaRankGradConfig::energyShare, 0.8),
        adaRankGrad("scale", "4", "5", AdaRankGradConfig::scale, 5.0),
        adaRankGrad("oversampling", "8", "9", AdaRankGradConfig::oversampling, 9),
        adaRankGrad("powerIterations", "1", "2", AdaRankGradConfig::powerIterations, 2),
        adaRankGrad("warmStart", "true", "false", AdaRankGradConfig::warmStart, false),
        adaRankGrad("hysteresis", "0", "0.2", AdaRankGradConfig::hysteresis, 0.2),
        adaRankGrad(
            "budget", "", "64MB", AdaRankGradConfig::budgetBytes, OptionalLong.of(64_000_000)),
        adaRankGrad(
            "moments", "transport", "reset", AdaRankGradConfig::moments, MomentPolicy.RESET),
        adaRankGrad("residual", "none", "fira", AdaRankGradConfig::residual, ResidualPolicy.FIRA),
        loqt("rank", "32", "33", LoqtConfig::rank, 33),
        loqt("scale", "2", "3", LoqtConfig::scale, 3.0),
        loqt("tau", "100", "101", LoqtConfig::tau, 101),
        loqt("psi", "1.2", "1.3", LoqtConfig::psi, 1.3),
        loqt("maxGap", "", "500", LoqtConfig::maxGap, OptionalInt.of(500)),
        loqt("compensation", "5", "6", LoqtConfig::compensation, 6),
        loqt("quantizeBasis", "true", "false", LoqtConfig::quantizeBasis, false),
        loqt("moments", "transport", "reset", LoqtConfig::moments, MomentPolicy.RESET),
        loqt("oversampling", "8", "9", LoqtConfig::oversampling, 9),
        loqt("powerIterations", "1", "2", LoqtConfig::powerIterations, 2),
        lora("rank", "8", "9", LoraConfig::rank, 9),
        lora("rankPattern", "", "ranks.json", LoraConfig::rankPattern, Map.of("layer.0.query", 3)),
        lora("alpha", "16", "17", LoraConfig::alpha, 17.0),
        lora("scaling", "rank", "root-rank", LoraConfig::scaling, LoraScaling.ROOT_RANK),
        lora("targets", "[]", "[query]", LoraConfig::targets, List.of("query")),
        lozo("queries", "0", "3", LozoConfig::queries, 3),
        lozo("normalise", "false", "true", LozoConfig::normalise, true).with("lozo.queries", "2"),
        lozo("rank", "2", "3", LozoConfig::rank, 3),
        lozo("redrawEvery", "50", "51", LozoConfig::redrawEvery, 51),
        lozo("epsilon", "0.001", "2e-3", LozoConfig::epsilon, 2e-3),
        lozo("momentum", "0", "0.5", LozoConfig::momentum, 0.5));
  }

  private static Stream<KeyMapping> monitor() {
    String spike = "monitor.lossSpike.";
    return Stream.of(
        mapping(
            "monitor.nonFinite.enabled",
            "true",
            "false",
            c -> c.monitor().stability().nonFinite().enabled(),
            false),
        mapping(
            spike + "enabled",
            "true",
            "false",
            c -> c.monitor().stability().lossSpike().enabled(),
            false),
        mapping(
            spike + "window", "200", "201", c -> c.monitor().stability().lossSpike().window(), 201),
        mapping(
            spike + "warmUp", "50", "51", c -> c.monitor().stability().lossSpike().warmUp(), 51),
        mapping(
            spike + "alertSigma",
            "5",
            "5.5",
            c -> c.monitor().stability().lossSpike().alertSigma(),
            5.5),
        mapping(
            spike + "actSigma",
            "7",
            "7.5",
            c -> c.monitor().stability().lossSpike().actSigma(),
            7.5),
        mapping(spike + "hits", "3", "4", c -> c.monitor().stability().lossSpike().hits(), 4),
        mapping(
            spike + "sigmaFloorShare",
            "0.02",
            "0.03",
            c -> c.monitor().stability().lossSpike().sigmaFloorShare(),
            0.03),
        mapping(
            spike + "sigmaFloor",
            "0.05",
            "0.06",
            c -> c.monitor().stability().lossSpike().sigmaFloor(),
            0.06),
        mapping("monitor.stableAfter", "20", "21", c -> c.monitor().stability().stableAfter(), 21),
        mapping(
            "monitor.learningRateScale",
            "0.5",
            "0.6",
            c -> c.monitor().stability().learningRateScale(),
            0.6),
        mapping("monitor.maxRollbacks", "5", "6", c -> c.monitor().stability().maxRollbacks(), 6),
        mapping(
            "monitor.commitInterval",
            "20ms",
            "30ms",
            c -> c.monitor().commitInterval(),
            Duration.ofMillis(30)),
        mapping("monitor.threads", "1", "2", c -> c.monitor().threads(), 2));
  }

  private static Optional<String> names(Optional<Path> path) {
    return path.map(file -> String.valueOf(file.getFileName()));
  }
}
