package dev.rivulet.ops.bench;

import dev.rivulet.ops.config.Processors;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.JsonReport;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code bench} command: step time and memory of each method on this machine. */
@Command(
    name = "bench",
    description = {
      "Measure training on this machine: the ceiling of matrix products, step time and memory of",
      "each method, and the overhead of refreshes and of the pipeline."
    },
    footer = {
      "Times are medians. The methods alternate step by step, so that other load on the machine",
      "affects all of them. The ceiling is the best of several probes. Memory is the growth of",
      "the resident peak of a separate process, over steps that include two refreshes."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final int DEFAULT_STEPS = 10;
  private static final int QUICK_STEPS = 5;

  @Spec CommandSpec spec;
  @Mixin OutputOptions output;

  /** The precisions to compare in. */
  enum Precisions {
    FP32,
    BF16,
    ALL;

    List<Precision> choice() {
      return switch (this) {
        case FP32 -> List.of(Precision.FP32);
        case BF16 -> List.of(Precision.BF16);
        case ALL -> List.of(Precision.values());
      };
    }
  }

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = BenchModel.LLAMA,
      description = {
        "llama (29.5 M parameters, random weights), minilm (the demo's encoder), or a Hugging Face",
        "folder. Default: ${DEFAULT-VALUE}"
      })
  String model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences per batch. Default: 8, for a classifier 16")
  @Nullable Integer rows;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Tokens per sequence. Default: 256, for a classifier 64")
  @Nullable Integer length;

  @Option(
      names = "--rank",
      paramLabel = "N",
      defaultValue = "32",
      description = "Rank of the overlays. Default: ${DEFAULT-VALUE}")
  int rank;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "fp32",
      description = "Type of the matrix products: fp32, bf16 or all. Default: ${DEFAULT-VALUE}")
  Precisions precisions;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Measured steps per method. Default: 10, with --quick 5")
  @Nullable Integer steps;

  @Option(
      names = "--quick",
      description = "Fewer steps, with half the sequences of half the length.")
  boolean quick;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu or gpu:N. Default: ${DEFAULT-VALUE}")
  String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads per operator on a CPU. Default: one per core")
  @Nullable Integer threads;

  @Option(names = "--png", paramLabel = "FILE", description = "Draw step times and peaks as bars.")
  @Nullable Path png;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "Measure nothing: draw the saved result of 'bench --json'. Needs --png.")
  @Nullable Path from;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = ".rivulet",
      description = "Folder for downloaded models. Default: ${DEFAULT-VALUE}")
  Path home;

  @Override
  public Integer call() throws IOException, InterruptedException {
    validate();
    if (from != null) {
      draw(JsonReport.read(from));
      return ExitCode.OK;
    }
    BenchReport report = measure();
    output.result(BenchTable.of(report), report.fields());
    draw(JsonReport.of(report.fields()));
    return ExitCode.OK;
  }

  private void draw(JsonReport report) throws IOException {
    if (png != null) {
      BenchChart.of(report).write(png);
      spec.commandLine().getErr().println("wrote " + png);
    }
  }

  private BenchReport measure() throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("rivulet-bench-");
    try (BenchProgress progress =
        new BenchProgress(spec.commandLine().getErr(), output.progress())) {
      return benchmark(scratch, progress).run(progress);
    } finally {
      Utils.delete(scratch.toFile());
    }
  }

  private Benchmark benchmark(Path scratch, BenchProgress progress) throws IOException {
    BenchModel source = BenchModel.get(model, home, scratch, line -> progress.print("%s", line));
    return new Benchmark(
        source.name(),
        source.workload(rows, length, quick),
        new EngineConfig(device, threads == null ? Processors.cores() : threads, Optional.empty()),
        precisions.choice(),
        rank,
        steps == null ? (quick ? QUICK_STEPS : DEFAULT_STEPS) : steps,
        scratch);
  }

  private void validate() {
    requirePositive("--batch", rows);
    requirePositive("--length", length);
    requirePositive("--rank", rank);
    requirePositive("--steps", steps);
    requirePositive("--threads", threads);
    if (from != null && png == null) {
      throw new ParameterException(spec.commandLine(), "--from: add --png FILE for the chart");
    }
    if (png != null) {
      Path folder = png.toAbsolutePath().getParent();
      if (folder == null || !Files.isWritable(folder)) {
        throw new ParameterException(
            spec.commandLine(),
            "--png %s: its folder does not exist or is not writable".formatted(png));
      }
    }
  }

  private void requirePositive(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s %d: use 1 or more".formatted(option, value));
    }
  }
}
