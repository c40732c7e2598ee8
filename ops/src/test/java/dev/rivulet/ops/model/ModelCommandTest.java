package dev.rivulet.ops.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ModelCommandTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void import_files_makesTheDirectory() throws Exception {
    Path onnx = Files.write(folder.resolve("m.onnx"), new SmallOnnx().bytes().array());
    Path tokenizer =
        Files.writeString(folder.resolve("t.json"), "{\"model\":{\"vocab\":{\"[PAD]\":0}}}");
    Path directory = folder.resolve("models/small");

    assertThat(run("import", onnx + "", "--tokenizer", tokenizer + "", directory + "")).isZero();

    assertThat(out.toString()).contains("imported into " + directory);
    assertThat(directory.toFile().list())
        .containsExactlyInAnyOrder("config.json", "model.safetensors", "tokenizer.json", "NOTICE");
  }

  @ParameterizedTest
  @CsvSource({
    "import dir, give either --from-maven and DIR",
    "import x.onnx dir, give either --from-maven and DIR",
    "import --from-maven a:b:c x.onnx dir, give either --from-maven and DIR",
    "import --from-maven a:b dir, 'a:b' is not GROUP:ARTIFACT:VERSION",
    "import no.onnx --tokenizer t.json dir, no.onnx is not a file"
  })
  void import_wrongArguments_saysWhatToGive(String arguments, String problem) {
    assertThat(run(arguments.split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(problem);
  }

  @Test
  void init_configAlone_drawsTheWeightsOnce() throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
         "num_attention_heads": 2, "vocab_size": 16, "max_position_embeddings": 8}
        """);

    assertThat(run("init", folder + "", "--seed", "3")).isZero();
    assertThat(out.toString()).contains("wrote " + folder.resolve("model.safetensors"));
    assertThat(folder.resolve("model.safetensors")).isNotEmptyFile();

    assertThat(run("init", folder + "")).isNotZero();
    assertThat(err.toString()).contains("the model has weights");
  }

  private int run(String... arguments) {
    return new CommandLine(new ModelCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
