package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.adapter.LoraModule;
import dev.rivulet.schemas.adapter.PeftAdapter;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.trainer.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An adapter that PEFT has written, with ranks and scales of their own for some layers. */
@Tag("cross-check")
class GoldenAdapterTest {
  private static final Path ADAPTER = Golden.directory("llama-gqa-adapter");
  private static final Path BASE = Golden.directory("llama-gqa");

  @Test
  void logits_adapterOverItsBase_equalTheReference() throws IOException {
    assertThat(logits(PeftAdapter.read(ADAPTER))).containsExactly(expected(), within(1e-4f));
    assertThat(logits(new PeftAdapter("", PeftAdapter.read(ADAPTER).task(), List.of(), Map.of())))
        .isNotEqualTo(logits(PeftAdapter.read(ADAPTER)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void logits_adapterWrittenAgain_areTheSame(boolean uniform, @TempDir Path folder)
      throws IOException {
    PeftAdapter adapter = PeftAdapter.read(ADAPTER);
    (uniform ? adapter.uniform() : adapter).write(folder, tensors());
    PeftAdapter again = PeftAdapter.read(folder);

    assertThat(again.modules())
        .extracting(LoraModule::rank)
        .isSubsetOf(uniform ? List.of(6) : List.of(2, 4, 6));
    assertThat(logits(again)).containsExactly(expected(), within(1e-4f));
  }

  @Test
  void write_adapter_hasTheKeysNamesAndShapesOfPeft(@TempDir Path folder) throws IOException {
    PeftAdapter.read(ADAPTER).write(folder, tensors());

    try (SafetensorsFile ours = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"));
        SafetensorsFile peft = SafetensorsFile.open(ADAPTER.resolve("adapter_model.safetensors"))) {
      assertThat(ours.entries().keySet()).isEqualTo(peft.entries().keySet());
      assertThat(ours.metadata()).isEqualTo(peft.metadata());
      for (String name : peft.entries().keySet()) {
        assertThat(ours.entry(name).shape()).isEqualTo(peft.entry(name).shape());
        assertThat(ours.floats(name)).isEqualTo(peft.floats(name));
      }
    }
    JsonNode ours = json(folder);
    JsonNode peft = json(ADAPTER);
    List<String> keys = new ArrayList<>();
    peft.fieldNames().forEachRemaining(keys::add);
    assertThat(ours.fieldNames()).toIterable().containsExactlyElementsOf(keys);
    for (String key : keys) {
      if (key.equals("target_modules")) {
        assertThat(set(ours.path(key))).isEqualTo(set(peft.path(key)));
      } else if (key.endsWith("_pattern") && peft.path(key).isObject()) {
        peft.path(key)
            .properties()
            .forEach(
                entry ->
                    assertThat(ours.path(key).path("model." + entry.getKey()))
                        .isEqualTo(entry.getValue()));
        assertThat(ours.path(key)).hasSameSizeAs(peft.path(key));
      } else {
        assertThat(ours.path(key)).as(key).isEqualTo(peft.path(key));
      }
    }
  }

  @Test
  void open_adapterOfAnotherModel_namesWhatDoesNotFit() throws IOException {
    PeftAdapter adapter = PeftAdapter.read(ADAPTER);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(
                kernels, Golden.directory("bert-classifier"), LoadOptions.classifier(3, 0))) {
      assertThatThrownBy(() -> AdaptedModel.open(model, adapter))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              "the adapter changes module model.layers.0.mlp.down_proj, 48 to 32, and the model has"
                  + " no such layer");
    }
  }

  private static Set<String> tensors() throws IOException {
    try (BaseModel base = BaseModel.open(BASE)) {
      return base.names();
    }
  }

  private static JsonNode json(Path folder) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
  }

  private static Set<String> set(JsonNode array) {
    Set<String> values = new HashSet<>();
    array.forEach(value -> values.add(value.asText()));
    return values;
  }

  private static float[] logits(PeftAdapter adapter) throws IOException {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        SafetensorsFile golden = SafetensorsFile.open(ADAPTER.resolve("golden.safetensors"));
        Transformer model = ModelLoader.load(kernels, BASE, LoadOptions.classifier(3, 0));
        TokenBatch batch = TokenBatch.of(kernels.manager(), Golden.batchOfAllTokens(golden))) {
      AdaptedModel.open(model, adapter);
      return model.logits(batch);
    }
  }

  /** The reference's logits where a token follows. */
  private static float[] expected() throws IOException {
    try (SafetensorsFile golden = SafetensorsFile.open(ADAPTER.resolve("golden.safetensors"))) {
      float[] all = golden.floats("logits");
      int length = Math.toIntExact(golden.entry("input_ids").shape().get(1));
      long[] attention = golden.longs("attention_mask");
      int vocabulary = all.length / attention.length;
      int[] followed =
          IntStream.range(0, attention.length)
              .filter(at -> at % length != length - 1 && attention[at + 1] == 1)
              .toArray();
      float[] expected = new float[followed.length * vocabulary];
      for (int i = 0; i < followed.length; i++) {
        System.arraycopy(all, followed[i] * vocabulary, expected, i * vocabulary, vocabulary);
      }
      return expected;
    }
  }
}
