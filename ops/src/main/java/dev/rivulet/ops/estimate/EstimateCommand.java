package dev.rivulet.ops.estimate;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.MethodSections;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rivulet estimate}: what training would take in memory, before anything is loaded. */
@Command(
    name = "estimate",
    description = {
      "Estimate the memory that each method would take on a run's model and batch.",
      "Adaptive ranks count as their largest; the figures are above what the program itself takes."
    })
public final class EstimateCommand implements Callable<Integer> {
  private static final List<String> HEADINGS =
      List.of(
          "method",
          "base",
          "memory",
          "weights",
          "bases",
          "factors",
          "moments",
          "gradients",
          "activations",
          "peak",
          "measured");

  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description =
          "Configuration of the run; the methods that it does not choose are as defaults.")
  Path file;

  @Option(
      names = "--measured",
      description = "Print the measured peak of the run, from its records, next to its estimate.")
  boolean measured;

  @Override
  public Integer call() {
    RunConfig config = RunConfig.load(file);
    Long peak = measured ? peak(config) : null;
    List<List<?>> rows = new ArrayList<>();
    for (MemoryMode memory : MemoryMode.values()) {
      MethodConfig chosen = config.trainer().method();
      for (MethodConfig method : methods(chosen)) {
        for (BaseForm base : method.bases()) {
          boolean isRun = method == chosen && runs(config.trainer(), base, memory);
          rows.add(row(config, method, base, memory, isRun ? peak : null));
        }
      }
    }
    output.table(HEADINGS, rows);
    return ExitCode.OK;
  }

  /** Returns every method by name, with the settings of the run or else with its defaults. */
  private static List<MethodConfig> methods(MethodConfig chosen) {
    return MethodSections.defaults().stream()
        .map(method -> method.name().equals(chosen.name()) ? chosen : method)
        .sorted(Comparator.comparing(MethodConfig::name))
        .toList();
  }

  /** Whether a run is of this form; activations that are left to it are taken as kept. */
  private static boolean runs(TrainerConfig trainer, BaseForm base, MemoryMode memory) {
    return trainer.model().base() == base && trainer.memory().orElse(MemoryMode.FAST) == memory;
  }

  private long peak(RunConfig config) {
    String run = config.trainer().run();
    try (KafkaAccess access = kafka.open(config.kafka())) {
      RunRecords records = RunRecords.read(access.cluster(), run);
      if (records.steps().isEmpty()) {
        throw new UsageException(
            "run %s has no steps: train it first, or leave --measured out".formatted(run));
      }
      return records.peakBytes();
    }
  }

  private List<?> row(
      RunConfig config,
      MethodConfig method,
      BaseForm base,
      MemoryMode memory,
      @Nullable Long peak) {
    TrainerConfig trainer = config.trainer();
    MemoryPlan plan =
        new MemoryPlan(
            ModelShape.read(trainer.model().path(), trainer.model().labels().size()),
            trainer.model().trainEmbeddings(),
            base,
            trainer.engine().precision().orElse(Precision.FP32),
            memory,
            config.packer().batchSize(),
            config.packer().maxLength());
    MemoryEstimate estimate = method.memory(plan);
    return Arrays.asList(
        method.name(),
        base.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        memory.name().toLowerCase(Locale.ROOT),
        bytes(estimate.weights()),
        bytes(estimate.bases()),
        bytes(estimate.factors()),
        bytes(estimate.moments()),
        bytes(estimate.gradients()),
        bytes(estimate.activations()),
        bytes(estimate.peak()),
        peak == null ? null : bytes(peak));
  }

  /** Bytes, for people in MB. */
  private Object bytes(long bytes) {
    return output.json() ? bytes : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
