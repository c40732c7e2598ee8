package dev.rivulet.ops.model;

import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.model.FreshModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code model} command: base models, from the forms in which they are published, or from
 * nothing.
 */
@Command(
    name = "model",
    description = "Bring in base models, or begin new ones.",
    subcommands = {ModelCommand.Import.class, ModelCommand.Init.class})
public final class ModelCommand {

  /** The {@code model import} command. */
  @Command(
      name = "import",
      description = {
        "Turn an ONNX file of a BERT encoder into a Hugging Face directory.",
        "",
        "  rivulet model import FILE.onnx --tokenizer tokenizer.json DIR",
        "  rivulet model import --from-maven GROUP:ARTIFACT:VERSION DIR",
        ""
      })
  public static final class Import implements Callable<Integer> {
    @Spec CommandSpec spec;
    @Mixin OutputOptions output;

    @Option(
        names = "--from-maven",
        paramLabel = "GROUP:ARTIFACT:VERSION",
        description = "Take the model from the root of this jar, fetched through Maven.")
    @Nullable String coordinates;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "The model's tokenizer.json.")
    @Nullable Path tokenizer;

    @Option(
        names = "--home",
        paramLabel = "DIR",
        defaultValue = ".rivulet",
        description = "Where fetched files are kept. Default: ${DEFAULT-VALUE}")
    Path home;

    @Parameters(arity = "1..2", paramLabel = "[FILE.onnx] DIR")
    List<Path> paths;

    @Override
    public Integer call() throws IOException {
      Path directory = paths.get(paths.size() - 1);
      try (ModelSource source = source()) {
        ModelImport.write(source, directory);
      }
      output.result("imported into " + directory, Map.of("model", directory.toString()));
      return ExitCode.OK;
    }

    private ModelSource source() throws IOException {
      if (coordinates != null && tokenizer == null && paths.size() == 1) {
        return ModelSource.ofArtifact(artifact(coordinates), home.resolve("downloads"));
      }
      if (coordinates == null && tokenizer != null && paths.size() == 2) {
        requireFile(paths.get(0));
        requireFile(tokenizer);
        return ModelSource.ofFiles(paths.get(0), tokenizer);
      }
      throw new ParameterException(
          spec.commandLine(),
          "give either --from-maven and DIR, or FILE.onnx, --tokenizer and DIR");
    }

    private MavenArtifact artifact(String text) {
      try {
        return MavenArtifact.parse(text);
      } catch (UsageException e) {
        throw new ParameterException(spec.commandLine(), "--from-maven: " + e.getMessage(), e);
      }
    }

    private void requireFile(Path path) {
      if (!Files.isRegularFile(path)) {
        throw new ParameterException(spec.commandLine(), path + " is not a file");
      }
    }
  }

  /** The {@code model init} command. */
  @Command(
      name = "init",
      description = {
        "Draw the first weights of a model that is to be pre-trained.",
        "",
        "DIR holds the config.json of a LLaMA, Mistral or Qwen2 model, and gets model.safetensors."
      })
  public static final class Init implements Callable<Integer> {
    @Mixin OutputOptions output;

    @Option(
        names = "--seed",
        defaultValue = "0",
        description = "Seed of the weights. Default: ${DEFAULT-VALUE}")
    long seed;

    @Parameters(paramLabel = "DIR")
    Path directory;

    @Override
    public Integer call() throws IOException {
      Path file = FreshModel.write(directory, seed);
      output.result("wrote " + file, Map.of("weights", file.toString()));
      return ExitCode.OK;
    }
  }
}
