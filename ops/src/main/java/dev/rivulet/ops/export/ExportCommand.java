package dev.rivulet.ops.export;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.CheckpointOption;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.Snapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code export} command: a run's model at a checkpoint, in files of others. */
@Command(
    name = "export",
    description = "Write a run's model at a checkpoint into a folder, for other programs.",
    footer = {
      "Formats: hf is a Hugging Face directory, the whole model. peft is an adapter of the base"
          + " model:",
      "the same model for LoRA; for other methods the nearest of a rank, with its error. factors"
          + " is",
      "what the log has of it, and how to fold that into the base model. It also works while the"
          + " run",
      "continues."
    })
public final class ExportCommand implements Callable<Integer> {
  private static final int USUAL_RANK = 16;

  /** What an export is. */
  enum Format {
    HF,
    PEFT,
    FACTORS
  }

  @Spec CommandSpec spec;
  @Mixin RunOptions run;
  @Mixin CheckpointOption checkpoint;
  @Mixin OutputOptions output;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      description = "hf, peft or factors.")
  Format format;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder to make; it must not exist.")
  Path folder;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "hf: type of the weights, base, f32, bf16 or f16. Default: base, as its files")
  HuggingFaceExport.@Nullable Elements elements;

  @Option(
      names = "--uniform",
      description = "peft: pad all layers with zeros to one rank, for readers that want one.")
  boolean uniform;

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "peft, not LoRA: rank of the adapter. Default: " + USUAL_RANK)
  @Nullable Integer rank;

  @Override
  public Integer call() throws IOException {
    requireOptionsOfTheFormat();
    RunConfig config = run.config();
    try (OutputFolder target = OutputFolder.begin(folder);
        KafkaAccess access = run.open(config);
        BaseModel base = BaseModel.open(config.trainer().model().path());
        TensorReader reader = new TensorReader(access.cluster())) {
      CheckpointLog log = CheckpointLog.read(access.cluster(), config.trainer().run());
      Manifest manifest = log.choose(checkpoint.name());
      Snapshots snapshots = Snapshots.read(access.cluster(), log.run(), output::warn);
      ExportedVersion source = ExportedVersion.of(log, manifest, base, reader, snapshots);
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("run", manifest.getRun());
      fields.put("checkpoint", manifest.getCheckpoint());
      fields.put("step", manifest.getStep());
      fields.put("format", format.name().toLowerCase(Locale.ROOT));
      fields.put("output", folder.toString());
      String text =
          switch (format) {
            case HF -> huggingFace(source, target.path());
            case PEFT -> peft(source, target.path(), config, fields);
            case FACTORS -> factors(source, target.path());
          };
      target.finish();
      output.result(
          "run %s, checkpoint %s, step %d: %s in %s"
              .formatted(
                  manifest.getRun(), manifest.getCheckpoint(), manifest.getStep(), text, folder),
          fields);
      return ExitCode.OK;
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new UsageException(
          "%s: %s; nothing of the export is left".formatted(folder, e.getMessage()), e);
    } catch (UncheckedIOException e) {
      throw new UsageException("%s; nothing of the export is left".formatted(e.getMessage()), e);
    }
  }

  private String huggingFace(ExportedVersion source, Path target) throws IOException {
    HuggingFaceExport.Elements type = elements == null ? HuggingFaceExport.Elements.BASE : elements;
    try (Progress progress = new Progress("tensors", source.version().names().size())) {
      new HuggingFaceExport(source, type).write(target, progress);
    }
    return "a Hugging Face directory";
  }

  private String peft(
      ExportedVersion source, Path target, RunConfig config, Map<String, @Nullable Object> fields)
      throws IOException {
    String base = config.trainer().model().path().toString();
    boolean exact = PeftExport.isExact(source);
    if (exact && rank != null) {
      throw wrong("--rank: the run's overlays are exported as they are, with their ranks");
    }
    PeftExport export;
    if (exact) {
      export = PeftExport.exact(source, base);
    } else {
      int layers = PeftExport.changedLayers(source.version()).size();
      try (Progress progress = new Progress("layers", layers)) {
        export =
            PeftExport.nearest(
                source,
                base,
                rank == null ? USUAL_RANK : rank,
                config.trainer().engine(),
                progress);
      }
    }
    export.write(source, target, uniform);
    fields.put("exact", exact);
    fields.put("relativeError", export.relativeError());
    fields.put("layers", export.errors().stream().map(ExportCommand::fields).toList());
    BaseForm form = ModelVersion.baseForm(source.manifest());
    if (exact && form != BaseForm.FP32) {
      output.warn(
          "the run kept its base in %s, and an adapter works over the base as its files have it: the"
                  .formatted(form)
              + " two models differ by that rounding");
    }
    if (exact) {
      return "a PEFT adapter of its overlays";
    }
    if (!output.json()) {
      output.text(export.table().toString());
    }
    return "the nearest PEFT adapter of rank %d, relative error %.4f,"
        .formatted(rank == null ? USUAL_RANK : rank, export.relativeError());
  }

  private static Map<String, Object> fields(PeftExport.LayerError error) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("layer", error.layer());
    fields.put("rank", error.rank());
    fields.put("norm", error.norm());
    fields.put("relativeError", error.relative());
    return fields;
  }

  private String factors(ExportedVersion source, Path target) throws IOException {
    try (Progress progress = new Progress("tensors", -1)) {
      new FactorExport(source, progress).write(target);
    }
    return "its factors";
  }

  private void requireOptionsOfTheFormat() {
    if (elements != null && format != Format.HF) {
      throw wrong("--dtype is for --format hf");
    } else if ((uniform || rank != null) && format != Format.PEFT) {
      throw wrong("--uniform and --rank are for --format peft");
    } else if (rank != null && rank < 1) {
      throw wrong("--rank %d: use 1 or more".formatted(rank));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** A bar on a terminal. */
  private final class Progress implements Consumer<String>, AutoCloseable {
    private final List<ProgressBar> bars;

    Progress(String what, int steps) {
      bars =
          output.progress()
              ? List.of(
                  new ProgressBarBuilder()
                      .setTaskName(what)
                      .setInitialMax(steps)
                      .setConsumer(new ConsoleProgressBarConsumer(System.err))
                      .build())
              : List.of();
    }

    @Override
    public void accept(String name) {
      bars.forEach(ProgressBar::step);
    }

    @Override
    public void close() {
      bars.forEach(ProgressBar::close);
    }
  }
}
