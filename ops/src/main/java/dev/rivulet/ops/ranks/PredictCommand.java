package dev.rivulet.ops.ranks;

import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ops.config.RankPatternFile;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.FieldOptions;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.score.Disagreement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code ranks predict} command: a rank for each layer, for LoRA to start with. */
@Command(
    name = "predict",
    description = {
      "Give each layer a rank for what it does to the model's output on some texts, and write the",
      "file that lora.rankPattern reads. Layers with LoRA's targets count, or all."
    },
    footer = {
      "Scores: disagreement is how far two copies of the model come apart when the layer is",
      "disturbed by noise (AdaRank); gradient is the mean of |weight x gradient| (GoRA), and needs",
      "labels; both is the mean of their shares. Allocations: largest-remainder spends the mean",
      "rank on each kind of layer; floor, as published, rounds down; parameters spends one budget",
      "of parameters on all kinds."
    })
final class PredictCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin OutputOptions output;
  @Mixin FieldOptions fields;

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "Configuration of the run.")
  Path file;

  @Option(
      names = "--texts",
      required = true,
      arity = "1..*",
      paramLabel = "PATH",
      description = "Files or folders of samples, as `ingest` reads them.")
  List<Path> texts;

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "Mean rank. Default: lora.rank where the run is LoRA's, else 8")
  @Nullable Integer rank;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "32",
      description = "Samples to draw from the files. Default: ${DEFAULT-VALUE}")
  int samples;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "5",
      description = "Disturbances of each layer. Default: ${DEFAULT-VALUE}")
  int repeats;

  @Option(
      names = "--noise",
      paramLabel = "X",
      defaultValue = "1",
      description = "Their size, in standard deviations of the weight. Default: ${DEFAULT-VALUE}")
  double noise;

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      defaultValue = "disagreement",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  Score score;

  @Option(
      names = "--allocation",
      paramLabel = "RULE",
      defaultValue = "largest-remainder",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  Allocation allocation;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      defaultValue = "rank_pattern.json",
      description = "Where the ranks are written. Default: ${DEFAULT-VALUE}")
  Path pattern;

  @Option(names = "--chart", paramLabel = "FILE", description = "Draw the ranks as a PNG.")
  @Nullable Path chart;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireSensible();
    RunConfig config = RunConfig.load(file);
    SampleTexts drawn =
        SampleTexts.draw(Input.find(texts, null), fields.names(), samples, config.trainer().seed());
    tell(drawn);
    Measurement measurement =
        new Measurement(config, new Disagreement(config.trainer().seed(), repeats, noise), score);
    Prediction prediction =
        Prediction.of(measure(measurement, drawn), score, allocation, meanRank(config));
    tell(prediction);
    RankPatternFile.write(pattern, prediction.pattern());
    output.result(prediction.table(), result(config, drawn, prediction));
    if (chart != null) {
      RankChart.write(
          prediction, String.valueOf(config.trainer().model().path().getFileName()), chart);
      err("wrote " + chart);
    }
    err("wrote %s: name it as lora.rankPattern".formatted(pattern));
    return ExitCode.OK;
  }

  private Measurement.Result measure(Measurement measurement, SampleTexts drawn)
      throws InterruptedException {
    if (!output.progress()) {
      return measurement.run(drawn.samples(), steps -> PredictCommand::heedInterrupt);
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("layers")
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return measurement.run(
          drawn.samples(),
          steps -> {
            bar.maxHint(steps);
            return () -> {
              bar.step();
              heedInterrupt();
            };
          });
    }
  }

  /** The engine takes no notice of an interrupt. */
  private static void heedInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private int meanRank(RunConfig config) {
    if (rank != null) {
      return rank;
    }
    return config.trainer().method() instanceof LoraConfig lora
        ? lora.rank()
        : LoraConfig.DEFAULT.rank();
  }

  private Map<String, @Nullable Object> result(
      RunConfig config, SampleTexts drawn, Prediction prediction) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    result.put("model", config.trainer().model().path().toString());
    result.put("samples", drawn.samples().size());
    result.put("repeats", repeats);
    result.put("noise", noise);
    result.put("seed", config.trainer().seed());
    result.putAll(prediction.fields());
    result.put("rankPattern", pattern.toString());
    return result;
  }

  private void tell(SampleTexts drawn) {
    if (drawn.rejected() > 0) {
      err("%d lines hold no sample; %s".formatted(drawn.rejected(), drawn.firstRejection()));
    }
    if (drawn.samples().isEmpty()) {
      throw new UsageException("no sample in %s".formatted(texts));
    }
    if (drawn.samples().size() < samples) {
      err("%d samples asked for, and there are %d".formatted(samples, drawn.samples().size()));
    }
  }

  private void tell(Prediction prediction) {
    if (prediction.withoutRank() > 0) {
      err(
          "%d layers would have rank 0 by --allocation %s; they get 1"
              .formatted(prediction.withoutRank(), allocation));
    }
  }

  private void err(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }

  private void requireSensible() {
    requirePositive("--rank", rank == null ? 1 : rank);
    requirePositive("--samples", samples);
    requirePositive("--repeats", repeats);
    if (!(noise > 0 && Double.isFinite(noise))) {
      throw wrong("--noise %s: use a number above 0".formatted(noise));
    }
    requireFolder("--output", pattern);
    if (chart != null) {
      requireFolder("--chart", chart);
    }
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw wrong("%s %d: use 1 or more".formatted(option, value));
    }
  }

  private void requireFolder(String option, Path path) {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isWritable(folder)) {
      throw wrong("%s %s: its folder cannot be written".formatted(option, path));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
