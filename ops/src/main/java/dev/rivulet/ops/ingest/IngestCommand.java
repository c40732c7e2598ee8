package dev.rivulet.ops.ingest;

import dev.rivulet.ingest.IngestSummary;
import dev.rivulet.ingest.Ingestion;
import dev.rivulet.ingest.SampleProducer;
import dev.rivulet.ingest.reader.Format;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.FieldOptions;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code ingest} command: writes samples from files, folders or standard input to Kafka. */
@Command(
    name = "ingest",
    description = "Write samples from files, folders or standard input to Kafka.",
    footer = {
      "A line that is not a sample goes to the dead-letter topic, with file, line and reason. The",
      "samples of files become visible together at the end: an interrupted ingestion leaves no",
      "samples. Samples of standard input become visible one by one."
    })
public final class IngestCommand implements Callable<Integer> {
  private static final Path STDIN = Path.of("-");
  private static final long MEGABYTE = 1_000_000;

  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;
  @Mixin FieldOptions fields;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description = "Files, folders, or - for standard input.")
  List<Path> paths;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Name of the source of the samples; data.source selects it. Default: default")
  String source;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "jsonl, csv, tsv or txt. Default: the file's extension; jsonl for -")
  @Nullable Format format;

  @Override
  public Integer call() throws IOException {
    RunKey.requireValid("source", source);
    Ingestion ingestion = new Ingestion(source, fields.names());
    boolean stdin = paths.contains(STDIN);
    if (stdin && paths.size() > 1) {
      throw new UsageException("- reads standard input: use it without other paths");
    }
    List<Input> inputs =
        stdin
            ? List.of(
                new Input.StreamInput(System.in, "stdin", format == null ? Format.JSONL : format))
            : Input.find(paths, format);
    try (KafkaAccess access = kafka.open();
        SampleProducer producer =
            stdin
                ? SampleProducer.open(access.cluster())
                : SampleProducer.transactional(access.cluster(), source)) {
      IngestSummary summary = read(ingestion, inputs, producer);
      producer.commit();
      return print(summary, access.cluster());
    }
  }

  private IngestSummary read(Ingestion ingestion, List<Input> inputs, SampleProducer producer)
      throws IOException {
    if (!output.progress()) {
      return ingestion.run(inputs, producer, (bytes, total) -> {});
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("ingest")
            .setUnit(" MB", MEGABYTE)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return ingestion.run(
          inputs,
          producer,
          (bytes, total) -> {
            bar.maxHint(total);
            bar.stepTo(bytes);
          });
    }
  }

  private int print(IngestSummary summary, KafkaCluster cluster) {
    String deadLetters = cluster.name(Topics.DEAD_LETTERS);
    String line =
        summary.rejected() == 0
            ? "%d samples".formatted(summary.accepted())
            : "%d samples, %d rejected (see topic %s)"
                .formatted(summary.accepted(), summary.rejected(), deadLetters);
    output.result(
        line,
        Map.of(
            "samples",
            summary.accepted(),
            "rejected",
            summary.rejected(),
            "bytes",
            summary.bytes(),
            "deadLetters",
            deadLetters));
    return summary.rejected() == 0 ? ExitCode.OK : ExitCode.REJECTED;
  }
}
