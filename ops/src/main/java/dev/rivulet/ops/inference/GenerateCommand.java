package dev.rivulet.ops.inference;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.CheckpointOption;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.Sampler;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code generate} command: writes text with a run's model at a checkpoint. */
@Command(
    name = "generate",
    description = "Continue a text with a causal language model.",
    footer = {
      "The same model, prompt and seed give the same text. Each token takes a full pass over all",
      "tokens before it: this command is for samples, not for serving."
    })
public final class GenerateCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin RunOptions run;
  @Mixin CheckpointOption checkpoint;
  @Mixin OutputOptions output;

  @Option(names = "--base", description = "Use the base model, without the run's training.")
  boolean base;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "Use the base model with this PEFT adapter.")
  @Nullable Path adapter;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "The text to continue. Default: none, which starts a new text")
  String prompt;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "100",
      description = "Maximum number of new tokens; the text may end earlier. Default: 100")
  int tokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "Divides the logits; 0 always takes the most probable token. Default: 0.8")
  double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "40",
      description = "Choose from the K most probable tokens, 0 for all. Default: 40")
  int topK;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Seed of the random numbers. Default: 0")
  long seed;

  @Override
  public Integer call() {
    if (Stream.of(base, checkpoint.name() != null, adapter != null).filter(given -> given).count()
        > 1) {
      throw new ParameterException(
          spec.commandLine(), "--base, --checkpoint and --adapter: use one of them at most");
    }
    TextGeneration generation =
        new TextGeneration(prompt, tokens, new Sampler(temperature, topK, seed));
    RunConfig config = run.config();
    TrainerConfig trainer = config.trainer();
    if (!ModelShape.read(trainer.model().path(), trainer.model().labels().size()).causal()) {
      throw new UsageException(
          "%s is a classifier, which cannot write text: use a LLaMA, Mistral or Qwen2 model"
              .formatted(trainer.model().path()));
    }
    if (base || adapter != null) {
      try (CheckpointModel opened =
          adapter == null
              ? CheckpointModel.base(trainer)
              : CheckpointModel.adapted(trainer, adapter)) {
        generate(generation, config, opened);
      }
      return ExitCode.OK;
    }
    try (KafkaAccess access = run.kafka.open(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      try (CheckpointModel opened = CheckpointModel.open(cluster, trainer, checkpoint.name())) {
        generate(generation, config, opened);
      }
    }
    return ExitCode.OK;
  }

  private void generate(TextGeneration generation, RunConfig config, CheckpointModel opened) {
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      String text = generation.write(opened.model(), config.packer(), piece -> {});
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("run", config.trainer().run());
      fields.put("checkpoint", opened.manifest().map(Manifest::getCheckpoint).orElse(null));
      fields.put("prompt", prompt);
      fields.put("text", text);
      output.value(fields);
      return;
    }
    out.print(prompt);
    out.flush();
    String text =
        generation.write(
            opened.model(),
            config.packer(),
            piece -> {
              out.print(piece);
              out.flush();
            });
    if (!text.endsWith("\n")) {
      out.println();
    }
    out.flush();
  }
}
