package dev.rivulet.ops.cli;

import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.factor.BaseForm;
import dev.rivulet.trainer.loop.TrainerConfig;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code estimate} command: what each method would take, before anything is loaded. */
@Command(
    name = "estimate",
    description = {
      "Tell the memory that each method would take on a run's model and batch.",
      "Adaptive ranks count as their largest; the figures are above what the program itself takes."
    })
final class EstimateCommand implements Callable<Integer> {
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
          "peak");

  @Mixin OutputOptions output;

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "Configuration of the run.")
  Path file;

  @Override
  public Integer call() {
    RunConfig config = RunConfig.load(file);
    List<List<?>> rows = new ArrayList<>();
    for (MemoryMode memory : MemoryMode.values()) {
      rows.add(row(config, AdamWConfig.DEFAULT, BaseForm.FP32, memory));
      for (BaseForm base : BaseForm.values()) {
        rows.add(row(config, overlay(config.trainer()), base, memory));
      }
    }
    output.table(HEADINGS, rows);
    return ExitCode.OK;
  }

  private static MethodConfig overlay(TrainerConfig trainer) {
    return trainer.method() instanceof AdamWConfig ? AdaRankGradConfig.DEFAULT : trainer.method();
  }

  private List<?> row(RunConfig config, MethodConfig method, BaseForm base, MemoryMode memory) {
    TrainerConfig trainer = config.trainer();
    MemoryPlan plan =
        new MemoryPlan(
            ModelShape.read(trainer.model(), trainer.labels().size()),
            trainer.trainEmbeddings(),
            base,
            trainer.engine().precision().orElse(Precision.FP32),
            memory,
            config.packer().batchSize(),
            config.packer().maxLength());
    MemoryEstimate estimate = MemoryEstimate.of(plan, method);
    return List.of(
        method.name(),
        base.name().toLowerCase(Locale.ROOT),
        memory.name().toLowerCase(Locale.ROOT),
        bytes(estimate.weights()),
        bytes(estimate.bases()),
        bytes(estimate.factors()),
        bytes(estimate.moments()),
        bytes(estimate.gradients()),
        bytes(estimate.activations()),
        bytes(estimate.peak()));
  }

  /** Bytes, for people in MB. */
  private Object bytes(long bytes) {
    return output.json() ? bytes : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
