package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import dev.rivulet.trainer.tensor.Kernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Causal models from directories of all kinds. */
class CausalModelFilesTest {
  private static final String NAME = "llama-gqa";

  @TempDir private Path directory;
  private final Kernels kernels = Kernels.load(Device.cpu(), 1);

  @BeforeEach
  void copyConfig() throws IOException {
    Files.copy(Golden.directory(NAME).resolve("config.json"), directory.resolve("config.json"));
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  @Test
  void load_shards_isTheModelOfTheSingleFile() throws IOException {
    List<Tensor> tensors = tensors(DType.F32);
    writeShards(tensors.subList(0, 9), tensors.subList(9, tensors.size()));

    assertThat(logits(directory)).containsExactly(logits(Golden.directory(NAME)));
    assertThat(baseSha256(directory)).isEqualTo(baseSha256(Golden.directory(NAME)));
  }

  @Test
  void load_shardMissing_namesIt() throws IOException {
    List<Tensor> tensors = tensors(DType.F32);
    writeShards(tensors.subList(0, 9), tensors.subList(9, tensors.size()));
    Files.delete(directory.resolve("model-2.safetensors"));

    assertThatThrownBy(() -> logits(directory))
        .hasMessageContaining(directory.resolve("model-2.safetensors").toString());
  }

  @Test
  void load_tensorMissing_namesIt() throws IOException {
    List<Tensor> tensors = new ArrayList<>(tensors(DType.F32));
    tensors.removeIf(tensor -> tensor.name().equals("model.layers.1.mlp.up_proj.weight"));
    SafetensorsWriter.write(directory.resolve("model.safetensors"), Map.of(), tensors);

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> logits(directory))
        .withMessageContaining("has no tensor 'model.layers.1.mlp.up_proj.weight'");
  }

  @Test
  void load_bfloat16File_isTheModelRounded() throws IOException {
    SafetensorsWriter.write(directory.resolve("model.safetensors"), Map.of(), tensors(DType.BF16));

    float[] expected = logits(Golden.directory(NAME));
    assertThat(logits(directory)).containsExactly(expected, within(0.2f)).isNotEqualTo(expected);
  }

  @Test
  void load_otherForms_areTheModelRounded() {
    float[] expected = logits(Golden.directory(NAME));
    float[] bf16 = logits(Golden.directory(NAME), BaseForm.BF16);
    float[] nf4 = logits(Golden.directory(NAME), BaseForm.NF4);

    assertThat(distance(bf16, expected)).isBetween(1e-5, 0.02);
    assertThat(distance(nf4, expected)).isBetween(0.02, 0.5);
  }

  @Test
  void load_unknownRope_namesIt() throws IOException {
    replace("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ModelLoader.maxLength(directory))
        .withMessageContaining("rope_type 'yarn' is not supported");
  }

  @Test
  void maxLength_slidingWindow_isTheWindow() throws IOException {
    replace("\"use_cache\": true", "\"sliding_window\": 17");
    assertThat(ModelLoader.maxLength(directory)).isEqualTo(17);

    replace("\"sliding_window\": 17", "\"sliding_window\": 17, \"use_sliding_window\": false");
    assertThat(ModelLoader.maxLength(directory)).isEqualTo(64);
  }

  @Test
  void logits_olderRopeKeys_areTheSame() throws IOException {
    Path golden = Golden.directory("llama-rope-scaled-tied");
    Files.copy(golden.resolve("model.safetensors"), directory.resolve("model.safetensors"));
    String config = Files.readString(golden.resolve("config.json"));
    Files.writeString(
        directory.resolve("config.json"),
        config
            .replace("\"rope_parameters\"", "\"rope_theta\": 500000.0, \"rope_scaling\"")
            .replace("    \"rope_theta\": 500000.0,\n", ""));

    assertThat(logits(directory)).containsExactly(logits(golden));
  }

  @Test
  void evaluate_batchForClassification_saysWhatTheModelDoes() {
    try (Transformer model = load(Golden.directory(NAME), BaseForm.FP32);
        TokenBatch batch = TinyBert.batch(kernels, 1)) {
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> model.evaluate(batch))
          .withMessageContaining("CLASSIFICATION")
          .withMessageContaining("CAUSAL_LM");
    }
  }

  @Test
  void write_freshModel_dependsOnTheSeedAlone() throws IOException {
    FreshModel.write(directory, 5);
    float[] first = logits(directory);
    String sha256 = baseSha256(directory);
    assertThatThrownBy(() -> FreshModel.write(directory, 5))
        .isInstanceOf(FileAlreadyExistsException.class);

    Files.delete(directory.resolve("model.safetensors"));
    FreshModel.write(directory, 5);
    assertThat(baseSha256(directory)).isEqualTo(sha256);
    Files.delete(directory.resolve("model.safetensors"));
    FreshModel.write(directory, 6);
    assertThat(logits(directory)).isNotEqualTo(first);
  }

  @Test
  void write_encoder_saysWhichModelsStartFresh() throws IOException {
    Path encoder = Golden.directory("bert-classifier");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> FreshModel.write(encoder, 0))
        .withMessageContaining("model_type 'bert' is not supported");
  }

  private void writeShards(List<Tensor> first, List<Tensor> second) throws IOException {
    Map<String, String> files = new TreeMap<>();
    first.forEach(tensor -> files.put(tensor.name(), "model-1.safetensors"));
    second.forEach(tensor -> files.put(tensor.name(), "model-2.safetensors"));
    SafetensorsWriter.write(directory.resolve("model-1.safetensors"), Map.of(), first);
    SafetensorsWriter.write(directory.resolve("model-2.safetensors"), Map.of(), second);
    new ObjectMapper()
        .writeValue(
            directory.resolve("model.safetensors.index.json").toFile(),
            Map.of("weight_map", files));
  }

  private static List<Tensor> tensors(DType type) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    try (SafetensorsFile file =
        SafetensorsFile.open(Golden.directory(NAME).resolve("model.safetensors"))) {
      for (SafetensorsFile.Entry entry : file.entries().values()) {
        float[] values = file.floats(entry.name());
        tensors.add(
            type == DType.F32
                ? Tensor.of(entry.name(), entry.shape(), values)
                : new Tensor(entry.name(), type, entry.shape(), () -> bytes(values)));
      }
    }
    return tensors;
  }

  private static ByteBuffer bytes(float[] values) {
    short[] bits = Bfloat16.toBits(values);
    ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(bits);
    return bytes;
  }

  private void replace(String before, String after) throws IOException {
    Path config = directory.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains(before);
    Files.writeString(config, text.replace(before, after));
  }

  private Transformer load(Path model, BaseForm base) {
    return ModelLoader.load(kernels, model, new LoadOptions(2, 0, base));
  }

  private String baseSha256(Path model) {
    try (Transformer loaded = load(model, BaseForm.FP32)) {
      return loaded.baseSha256();
    }
  }

  private float[] logits(Path model) {
    return logits(model, BaseForm.FP32);
  }

  private float[] logits(Path model, BaseForm base) {
    Path golden = Golden.directory(NAME).resolve("golden.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(golden);
        Transformer loaded = load(model, base);
        TokenBatch batch = TokenBatch.of(kernels.manager(), Golden.batch(file))) {
      return loaded.logits(batch);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Root of the mean squared difference, over that of the expected values. */
  private static double distance(float[] actual, float[] expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += Math.pow(actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / size);
  }
}
