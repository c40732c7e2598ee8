package dev.rivulet.ops.bench;

import dev.rivulet.ops.config.Processors;
import dev.rivulet.ops.console.ExitCode;
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

/** The {@code bench} command: what training takes on this machine, method by method. */
@Command(
    name = "bench",
    description = {
      "Measure what training takes on this machine: the ceiling of matrix products, time and",
      "memory of AdaRankGrad beside AdamW, and what refreshes and the pipeline add."
    },
    footer = {
      "Times are medians, of contenders that take turns step by step, so that other load on the",
      "machine slows them alike; the ceiling is the best of several probes. Memory is how much",
      "the resident peak of a process of its own grows over steps that include two refreshes."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final int USUAL_STEPS = 10;
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
        "llama (29.5 M parameters, drawn anew), minilm (the demo's encoder), or a Hugging Face",
        "folder. Default: ${DEFAULT-VALUE}"
      })
  String model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences of a batch. Default: 8, for a classifier 16")
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
      description = "Steps of each contender that count. Default: 10, with --quick 5")
  @Nullable Integer steps;

  @Option(
      names = "--quick",
      description = "Fewer steps, on batches of half the rows and half the length.")
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
      description = "Threads of an operator on a CPU. Default: one per core")
  @Nullable Integer threads;

  @Option(names = "--png", paramLabel = "FILE", description = "Draw step times and peaks as bars.")
  @Nullable Path png;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = ".rivulet",
      description = "Where fetched models are kept. Default: ${DEFAULT-VALUE}")
  Path home;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireSensible();
    BenchReport report = measure();
    output.result(BenchTable.of(report), report.fields());
    if (png != null) {
      BenchChart.write(report, png);
      spec.commandLine().getErr().println("wrote " + png);
    }
    return ExitCode.OK;
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
    BenchModel asked = BenchModel.get(model, home, scratch, line -> progress.tell("%s", line));
    return new Benchmark(
        asked.name(),
        asked.workload(rows, length, quick),
        new EngineConfig(device, threads == null ? Processors.cores() : threads, Optional.empty()),
        precisions.choice(),
        rank,
        steps == null ? (quick ? QUICK_STEPS : USUAL_STEPS) : steps,
        scratch);
  }

  private void requireSensible() {
    requirePositive("--batch", rows);
    requirePositive("--length", length);
    requirePositive("--rank", rank);
    requirePositive("--steps", steps);
    requirePositive("--threads", threads);
    if (png != null) {
      Path folder = png.toAbsolutePath().getParent();
      if (folder == null || !Files.isWritable(folder)) {
        throw new ParameterException(
            spec.commandLine(), "--png %s: its folder cannot be written".formatted(png));
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
