package dev.rivulet.ops.compare;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.config.Variants;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.demo.DemoRun;
import dev.rivulet.ops.pipeline.SourceIngest;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code compare} command: methods side by side, through the whole pipeline. */
@Command(
    name = "compare",
    description = {
      "Train the same model on the same batches with several methods, one after the other, and",
      "set quality, memory, time and checkpoints side by side."
    },
    footer = {
      "A method is a name, or a variant of the variants' file: an overlay on the configuration.",
      "The samples are those in Kafka, or those of --input. Each run trains in a process of its"
          + " own,",
      "so that its peak of memory is its own, and its failure as well. Stopped, the same command",
      "goes on: what has finished is not repeated."
    })
public final class CompareCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  @ArgGroup(multiplicity = "1")
  Base base = new Base();

  /** What is compared on. */
  static final class Base {
    @Option(
        names = {"-c", "--config"},
        paramLabel = "FILE",
        description = "The configuration that the methods have in common, YAML.")
    @Nullable Path file;

    @Option(
        names = "--demo",
        paramLabel = "NAME",
        arity = "0..1",
        fallbackValue = "acceptability",
        description = {
          "Model and data of a demo, and variants that suit them: acceptability ('rivulet demo')",
          "or pretrain ('rivulet demo pretrain'). Default: acceptability"
        })
    DemoComparison.@Nullable Demo demo;
  }

  @Option(
      names = "--methods",
      paramLabel = "NAME",
      split = ",",
      description = "Methods or variants, comma-separated. Default: all of the variants' file")
  List<String> methods = new ArrayList<>();

  @Option(
      names = "--variants",
      paramLabel = "FILE",
      description = "Overlays on the configuration by name, YAML: 'variants: {NAME: {...}}'.")
  @Nullable Path variants;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      description = "Seeds of runs and shuffling, comma-separated. Default: 0")
  List<Long> seeds = new ArrayList<>();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Optimizer steps; overrides the configuration's.")
  @Nullable Long steps;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "With --demo: use N samples. Default: those of the demo")
  @Nullable Integer limit;

  @Option(
      names = "--input",
      paramLabel = "PATH",
      arity = "1..*",
      description = "Files or folders to ingest first, unless Kafka has samples of the source.")
  List<Path> input = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description =
          "Where table, charts and messages are written. Default: DIR of --home, compare/RUN")
  @Nullable Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireSensible();
    Asked asked =
        base.demo == null ? configured(Objects.requireNonNull(base.file)) : demo(base.demo);
    Variants all =
        Variants.load(
            asked.config(),
            asked.variants(),
            new Variants.Request(
                methods, seeds.isEmpty() ? List.of(0L) : seeds, steps, !asked.samples().isEmpty()));
    Path results = folder == null ? kafka.home().resolve("compare").resolve(all.run()) : folder;
    Path runs = Files.createDirectories(results.resolve("runs"));
    Comparison comparison = compare(all, asked.samples(), runs);
    publish(comparison, results);
    return comparison.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  /**
   * What is compared.
   *
   * @param config the base configuration
   * @param variants the variants' file, if there is one
   * @param samples files of samples; empty for those that are in Kafka
   */
  private record Asked(Path config, Optional<Path> variants, List<Path> samples) {}

  private Asked configured(Path file) {
    return new Asked(file, Optional.ofNullable(variants), input);
  }

  private Asked demo(DemoComparison.Demo name) throws IOException {
    DemoComparison demo = DemoComparison.prepare(name, kafka.home(), steps, limit, this::tell);
    return new Asked(
        demo.config(),
        Optional.of(variants == null ? demo.variants() : variants),
        List.of(demo.samples()));
  }

  private void requireSensible() {
    if (steps != null && steps < 1) {
      throw wrong("--steps %d: use 1 or more".formatted(steps));
    }
    if (limit != null && (base.demo == null || limit < DemoRun.FEWEST_SAMPLES)) {
      throw wrong(
          "--limit %d: use %d or more, with --demo".formatted(limit, DemoRun.FEWEST_SAMPLES));
    }
    if (base.demo != null && !input.isEmpty()) {
      throw wrong("--input: --demo has its own samples");
    }
    if (base.demo == null && methods.isEmpty() && variants == null) {
      throw wrong("give --methods, --variants or both");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Comparison compare(Variants all, List<Path> samples, Path runs)
      throws IOException, InterruptedException {
    RunConfig first = all.all().get(0).config();
    KafkaSettings settings = kafka.settings(first.kafka());
    try (KafkaAccess access = kafka.openAlone(first.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      Lineup lineup =
          new Lineup(
              cluster,
              settings,
              all.all(),
              runs,
              spec.root().userObject().getClass(),
              spec.commandLine().getErr(),
              output.progress());
      lineup.requireSame();
      ingest(cluster, first.packer().source(), samples);
      return lineup.run(all.run(), kafka.home().resolve("monitor"));
    } catch (InterruptedException e) {
      tell("stopped: the same command goes on where it was");
      throw e;
    }
  }

  private void ingest(KafkaCluster cluster, @Nullable String source, List<Path> samples)
      throws IOException {
    if (source != null && !samples.isEmpty()) {
      long written = SourceIngest.ensure(cluster, source, samples);
      tell(
          written == 0
              ? "source %s: its samples are in Kafka".formatted(source)
              : "source %s: %,d samples written".formatted(source, written));
    }
  }

  private void publish(Comparison comparison, Path results) throws IOException {
    String table = ComparisonTable.of(comparison);
    List<Path> files = new ArrayList<>();
    files.add(Files.writeString(results.resolve("report.txt"), table + "\n"));
    if (comparison.metric() != null) {
      files.add(CurveChart.write(comparison, results.resolve("curves.png")));
      if (comparison.peaksAreKnown()) {
        files.add(TradeChart.write(comparison, results.resolve("memory.png")));
      }
    }
    Path json = results.resolve("report.json");
    files.add(json);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(comparison.fields());
    fields.put("files", files.stream().map(Path::toString).toList());
    Files.writeString(json, OutputOptions.encode(fields) + "\n");
    output.result(table, fields);
    files.forEach(file -> tell("wrote " + file));
  }

  private void tell(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }
}
