package dev.rivulet.ops.compare;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.config.Variants;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.JsonReport;
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

/** The {@code compare} command: trains several methods and compares them. */
@Command(
    name = "compare",
    description = {
      "Train the same model on the same batches with several methods, one after the other, and",
      "compare quality, memory, time and checkpoints."
    },
    footer = {
      "A method is a method's name, or a variant from --variants: an overlay on the configuration.",
      "The samples are those in Kafka, or those of --input. Each run trains in a separate process,",
      "so its peak memory and its failure do not affect the others. The command can be"
          + " interrupted:",
      "when repeated, it skips finished runs and resumes the others."
    })
public final class CompareCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  @ArgGroup(multiplicity = "1")
  Base base = new Base();

  /** The source of the comparison: a configuration, a demo or a saved report. */
  static final class Base {
    @Option(
        names = {"-c", "--config"},
        paramLabel = "FILE",
        description = "The configuration that all variants share, YAML.")
    @Nullable Path file;

    @Option(
        names = "--demo",
        paramLabel = "NAME",
        arity = "0..1",
        fallbackValue = "acceptability",
        description = {
          "Model, data and variants of a demo: acceptability ('rivulet demo')",
          "or pretrain ('rivulet demo pretrain'). Default: acceptability"
        })
    DemoComparison.@Nullable Demo demo;

    @Option(
        names = "--from",
        paramLabel = "FILE",
        description = "Train nothing: draw the saved result of 'compare --json' (report.json).")
    @Nullable Path report;
  }

  @Option(
      names = "--methods",
      paramLabel = "NAME",
      split = ",",
      description = "Methods or variants, comma-separated. Default: all variants of --variants")
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
      description = "Seeds for training and shuffling, comma-separated. Default: 0")
  List<Long> seeds = new ArrayList<>();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Optimizer steps; overrides the configuration's.")
  @Nullable Long steps;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "With --demo: use N samples. Default: the number of the demo")
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
          "Folder for table, charts and logs. Default: compare/RUN in the folder of --home")
  @Nullable Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    validate();
    if (base.report != null) {
      draw(JsonReport.read(base.report));
      return ExitCode.OK;
    }
    Setup setup =
        base.demo == null ? configured(Objects.requireNonNull(base.file)) : demo(base.demo);
    Variants all =
        Variants.load(
            setup.config(),
            setup.variants(),
            new Variants.Request(
                methods, seeds.isEmpty() ? List.of(0L) : seeds, steps, !setup.samples().isEmpty()));
    Path results = folder == null ? kafka.home().resolve("compare").resolve(all.run()) : folder;
    Path runs = Files.createDirectories(results.resolve("runs"));
    Comparison comparison = compare(all, setup.samples(), runs);
    publish(comparison, results);
    return comparison.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private void draw(JsonReport report) throws IOException {
    Path directory = Files.createDirectories(Objects.requireNonNull(folder));
    print("wrote " + CompareChart.of(report).write(directory.resolve("compare.png")));
  }

  /**
   * The inputs of a comparison.
   *
   * @param config the base configuration
   * @param variants the variants' file, if there is one
   * @param samples files of samples; empty for samples that are already in Kafka
   */
  private record Setup(Path config, Optional<Path> variants, List<Path> samples) {}

  private Setup configured(Path file) {
    return new Setup(file, Optional.ofNullable(variants), input);
  }

  private Setup demo(DemoComparison.Demo name) throws IOException {
    DemoComparison demo = DemoComparison.prepare(name, kafka.home(), steps, limit, this::print);
    return new Setup(
        demo.config(),
        Optional.of(variants == null ? demo.variants() : variants),
        List.of(demo.samples()));
  }

  private void validate() {
    if (steps != null && steps < 1) {
      throw usageError("--steps %d: use 1 or more".formatted(steps));
    }
    if (limit != null && (base.demo == null || limit < DemoRun.MIN_SAMPLES)) {
      throw usageError(
          "--limit %d: use %d or more, with --demo".formatted(limit, DemoRun.MIN_SAMPLES));
    }
    if (base.demo != null && !input.isEmpty()) {
      throw usageError("--input: --demo has its own samples");
    }
    if (base.report != null) {
      if (folder == null) {
        throw usageError("--from: add --output DIR for the chart");
      }
      return;
    }
    if (base.demo == null && methods.isEmpty() && variants == null) {
      throw usageError("give --methods, --variants or both");
    }
  }

  private ParameterException usageError(String message) {
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
      print("stopped: repeat the command to resume");
      throw e;
    }
  }

  private void ingest(KafkaCluster cluster, @Nullable String source, List<Path> samples)
      throws IOException {
    if (source != null && !samples.isEmpty()) {
      long written = SourceIngest.ensure(cluster, source, samples);
      print(
          written == 0
              ? "source %s: its samples are already in Kafka".formatted(source)
              : "source %s: %,d samples written".formatted(source, written));
    }
  }

  private void publish(Comparison comparison, Path results) throws IOException {
    String table = ComparisonTable.of(comparison);
    List<Path> files = new ArrayList<>();
    files.add(Files.writeString(results.resolve("report.txt"), table + "\n"));
    if (comparison.metric() != null) {
      files.add(
          CompareChart.of(JsonReport.of(comparison.fields()))
              .write(results.resolve("compare.png")));
      if (comparison.variants().size() <= CurveChart.MAX_VARIANTS) {
        files.add(CurveChart.write(comparison, results.resolve("curves.png")));
      }
    }
    Path json = results.resolve("report.json");
    files.add(json);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(comparison.fields());
    fields.put("files", files.stream().map(Path::toString).toList());
    Files.writeString(json, OutputOptions.encode(fields) + "\n");
    output.result(table, fields);
    files.forEach(file -> print("wrote " + file));
  }

  private void print(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }
}
