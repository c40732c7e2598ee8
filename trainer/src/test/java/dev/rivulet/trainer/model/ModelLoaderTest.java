package dev.rivulet.trainer.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLoaderTest {
  @TempDir private Path directory;

  @BeforeEach
  void copyModel() throws IOException {
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(TinyBert.DIRECTORY.resolve(file), directory.resolve(file));
    }
  }

  @Test
  void load_tensorMissing_namesFileAndTensor() throws IOException {
    replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> load(3))
        .withMessageContaining(directory.resolve("model.safetensors").toString())
        .withMessageContaining("bert.encoder.layer.2.attention.self.query.weight");
  }

  @Test
  void load_otherShape_namesFileTensorAndBothShapes() throws IOException {
    replace("\"max_position_embeddings\": 64", "\"max_position_embeddings\": 65");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> load(3))
        .withMessageContaining(directory.resolve("model.safetensors").toString())
        .withMessageContaining("bert.embeddings.position_embeddings.weight")
        .withMessageContaining("[64, 32]")
        .withMessageContaining("[65, 32]");
  }

  @Test
  void load_otherNumberOfClasses_namesTheHead() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> load(4))
        .withMessageContaining("classifier.weight")
        .withMessageContaining("[3, 32]");
  }

  @Test
  void load_noTensorFile_namesIt() throws IOException {
    Files.delete(directory.resolve("model.safetensors"));

    assertThatThrownBy(() -> load(3))
        .hasMessageContaining(directory.resolve("model.safetensors").toString())
        .hasMessageContaining("no such file");
  }

  @Test
  void load_noHead_drawsItFromTheSeed() throws IOException {
    Path encoder = directory.resolve("model.safetensors");
    String bytes = Files.readString(encoder, StandardCharsets.ISO_8859_1);
    Files.writeString(
        encoder, bytes.replace("\"classifier.", "\"unused-one."), StandardCharsets.ISO_8859_1);

    float[] first = head(5, 1);
    assertThat(head(5, 1)).isEqualTo(first);
    assertThat(head(5, 2)).isNotEqualTo(first);
    assertThat(first).hasSize(5 * 32);
    double squares = 0;
    for (float weight : first) {
      squares += (double) weight * weight;
    }
    assertThat(Math.sqrt(squares / first.length)).isBetween(0.016, 0.024);
  }

  @Test
  void read_otherArchitecture_namesFileAndWhatIsSupported() throws IOException {
    replace("\"model_type\": \"bert\"", "\"model_type\": \"gpt2\"");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining(directory.resolve("config.json").toString())
        .withMessageContaining(
            "'gpt2' is not supported; supported is bert, roberta, llama, mistral and qwen2");
  }

  @Test
  void read_otherActivation_namesIt() throws IOException {
    replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining("hidden_act 'relu'");
  }

  @Test
  void read_wrongNumber_namesTheKey() throws IOException {
    replace("\"hidden_size\": 32", "\"hidden_size\": \"wide\"");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining("hidden_size must be a positive whole number, and is \"wide\"");
  }

  @Test
  void read_headsDoNotDivide_namesBoth() throws IOException {
    replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 5");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining("hidden_size 32")
        .withMessageContaining("num_attention_heads 5");
  }

  @Test
  void read_noConfig_saysWhatTheDirectoryLacks() throws IOException {
    Files.delete(directory.resolve("config.json"));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining(directory.toString())
        .withMessageContaining("config.json");
  }

  @Test
  void read_noJson_namesTheFile() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining(directory.resolve("config.json").toString());
  }

  @Test
  void maxLength_roberta_leavesOutThePositionsUpToPadding() {
    assertThat(ModelLoader.maxLength(TinyBert.DIRECTORY.resolveSibling("roberta-classifier")))
        .isEqualTo(64);
    assertThat(ModelLoader.maxLength(TinyBert.DIRECTORY)).isEqualTo(64);
  }

  private void replace(String before, String after) throws IOException {
    Path config = directory.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(before);
    Files.writeString(config, text.replace(before, after));
  }

  private void load(int classes) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1)) {
      ModelLoader.load(kernels, directory, LoadOptions.classifier(classes, 0)).close();
    }
  }

  private float[] head(int classes, long seed) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(kernels, directory, LoadOptions.classifier(classes, seed))) {
      Map<String, Parameter> head =
          model.small().stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
      return requireNonNull(head.get("classifier.weight")).value().toFloatArray();
    }
  }
}
