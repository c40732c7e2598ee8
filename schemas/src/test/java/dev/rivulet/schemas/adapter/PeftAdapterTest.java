package dev.rivulet.schemas.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.schemas.adapter.PeftAdapter.WholeTensor;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftAdapterTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BLOCK = "bert.encoder.layer.0.";

  @TempDir private Path folder;

  private static LoraModule module(String name, int rank) {
    float[] a = new float[rank * 3];
    float[] b = new float[2 * rank];
    for (int i = 0; i < a.length; i++) {
      a[i] = i + 1;
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = -i;
    }
    return new LoraModule(name, 3, 2, rank, 0.75, a, b);
  }

  /** Returns the tensor names of a BERT classifier with one block. */
  private static Set<String> tensors() {
    Set<String> modules = new TreeSet<>(Set.of("bert.pooler.dense", "classifier"));
    modules.add("bert.embeddings.LayerNorm");
    for (String module :
        List.of(
            "attention.self.query",
            "attention.self.key",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm")) {
      modules.add(BLOCK + module);
    }
    Set<String> tensors = new TreeSet<>();
    modules.forEach(module -> tensors.addAll(List.of(module + ".weight", module + ".bias")));
    return tensors;
  }

  private JsonNode write(Map<String, WholeTensor> whole, String... modules) throws IOException {
    List<LoraModule> low = new ArrayList<>();
    for (int i = 0; i < modules.length; i++) {
      low.add(module(BLOCK + modules[i], i == 0 ? 2 : 1));
    }
    new PeftAdapter("base", Task.CLASSIFICATION, low, whole).write(folder, tensors());
    return config();
  }

  private JsonNode config() throws IOException {
    return JSON.readTree(folder.resolve(PeftAdapter.CONFIG).toFile());
  }

  private void change(Consumer<ObjectNode> change) throws IOException {
    ObjectNode config = (ObjectNode) config();
    change.accept(config);
    JSON.writeValue(folder.resolve(PeftAdapter.CONFIG).toFile(), config);
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  void write_someModules_namesTheShortestUniqueSuffixes() throws IOException {
    assertThat(texts(write(Map.of(), "attention.self.query").path("target_modules")))
        .containsExactly("query");
    // "output.dense" would also match the attention output, and "dense" the pooler.
    assertThat(texts(write(Map.of(), "output.dense").path("target_modules")))
        .containsExactly("0.output.dense");
    assertThat(
            texts(write(Map.of(), "output.dense", "attention.output.dense").path("target_modules")))
        .containsExactly("output.dense");
    assertThat(texts(write(Map.of(), "intermediate.dense").path("target_modules")))
        .containsExactly("intermediate.dense");
  }

  @Test
  void write_wholeTensors_namesTheirModulesAndSavesBiasesOfLoraModules() throws IOException {
    WholeTensor bias = new WholeTensor(List.of(2L), new float[] {1, 2});
    JsonNode config =
        write(
            Map.of(
                BLOCK + "attention.self.query.bias",
                bias,
                BLOCK + "output.LayerNorm.bias",
                bias,
                BLOCK + "output.LayerNorm.weight",
                bias,
                BLOCK + "attention.output.LayerNorm.bias",
                bias,
                BLOCK + "attention.output.LayerNorm.weight",
                bias,
                "bert.pooler.dense.bias",
                bias,
                "classifier.bias",
                bias),
            "attention.self.query");

    assertThat(config.path("bias").asText()).isEqualTo("all");
    assertThat(config.path("task_type").asText()).isEqualTo("SEQ_CLS");
    assertThat(texts(config.path("modules_to_save")))
        .containsExactly("classifier", "score", "output.LayerNorm", "pooler.dense");
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(PeftAdapter.TENSORS))) {
      assertThat(file.entries().keySet())
          .contains(
              "base_model.model." + BLOCK + "attention.self.query.base_layer.bias",
              "base_model.model." + BLOCK + "attention.self.query.lora_A.weight",
              "base_model.model." + BLOCK + "output.LayerNorm.weight",
              "base_model.model.bert.pooler.dense.bias",
              "base_model.model.classifier.bias");
    }
    PeftAdapter restored = PeftAdapter.read(folder);
    assertThat(restored.whole()).hasSize(7).containsKey(BLOCK + "attention.self.query.bias");
    assertThat(restored.whole())
        .hasEntrySatisfying(
            "classifier.bias", tensor -> assertThat(tensor.values()).containsExactly(1, 2));
  }

  @Test
  void read_patterns_giveRanksAndScales() throws IOException {
    JsonNode config = write(Map.of(), "attention.self.query", "attention.self.key");
    assertThat(config.path("r").asInt()).isEqualTo(1);
    assertThat(config.path("lora_alpha").asDouble()).isEqualTo(0.75);
    assertThat(config.at("/alpha_pattern/" + BLOCK + "attention.self.query").asDouble())
        .isEqualTo(1.5);

    PeftAdapter restored = PeftAdapter.read(folder);
    assertThat(restored.modules()).extracting(LoraModule::rank).containsExactlyInAnyOrder(2, 1);
    assertThat(restored.modules()).extracting(LoraModule::scale).containsOnly(0.75);

    change(json -> json.put("use_rslora", true));
    assertThat(PeftAdapter.read(folder).modules())
        .extracting(LoraModule::scale)
        .containsExactlyInAnyOrder(1.5 / Math.sqrt(2), 0.75);
  }

  @Test
  void uniform_twoRanks_padsToTheHigherRank() throws IOException {
    LoraModule low = module("low", 1);
    PeftAdapter uniform =
        new PeftAdapter("", Task.CAUSAL_LM, List.of(low, module("high", 2)), Map.of()).uniform();

    assertThat(uniform.modules()).extracting(LoraModule::rank).containsExactly(2, 2);
    LoraModule padded = uniform.modules().get(0);
    assertThat(padded.scale()).isEqualTo(low.scale());
    assertThat(padded.a()).containsExactly(1, 2, 3, 0, 0, 0);
    assertThat(padded.b()).containsExactly(0, 0, -1, 0);
  }

  @Test
  void read_unsupportedConfiguration_namesFileAndKey() throws IOException {
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("is it a PEFT adapter?");
    write(Map.of(), "attention.self.query");
    change(json -> json.put("use_dora", true));
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(UsageException.class)
        .hasMessage(folder.resolve(PeftAdapter.CONFIG) + ": use_dora is not supported");
    change(json -> json.put("use_dora", false).put("peft_type", "IA3"));
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .hasMessageEndingWith("peft_type IA3 is not supported; supported is LORA");
    change(json -> json.put("peft_type", "LORA").put("r", 5));
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .hasMessageEndingWith("has A [2, 3] and B [2, 2], and adapter_config.json says rank 5");
  }
}
