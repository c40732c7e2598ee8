package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logits, loss and gradients against those of the reference implementation (transformers), which
 * made the files under golden/.
 */
@Tag("cross-check")
class GoldenTest {
  private static final int CLASSES = 3;

  @ParameterizedTest
  @CsvSource({
    "bert-classifier,FAST", "roberta-classifier,FAST", "llama-gqa,FAST",
    "llama-rope-scaled-tied,FAST", "mistral,FAST", "qwen2,FAST",
    "bert-classifier,LEAN", "roberta-classifier,LEAN", "llama-gqa,LEAN",
    "llama-rope-scaled-tied,LEAN", "mistral,LEAN", "qwen2,LEAN"
  })
  void gradients_goldenBatch_equalTheReference(String name, MemoryMode memory) throws Exception {
    Path directory = Golden.directory(name);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        SafetensorsFile golden = SafetensorsFile.open(directory.resolve("golden.safetensors"));
        Transformer model =
            ModelLoader.load(kernels, directory, LoadOptions.classifier(CLASSES, 0));
        TokenBatch batch = TokenBatch.of(kernels.manager(), Golden.batch(golden))) {
      model.setMemory(memory);
      Map<String, float[]> gradients = new HashMap<>();
      float loss =
          model.gradients(
              batch,
              model.parameters().stream().filter(p -> p.size() > 0).collect(Collectors.toSet()),
              (parameter, gradient) ->
                  gradients.merge(
                      parameter.name(), likeFile(model, parameter, gradient), GoldenTest::sum));

      assertThat(loss).isCloseTo(golden.floats("loss")[0], within(1e-5f));
      assertThat(model.evaluate(batch).loss()).isEqualTo(loss);
      int compared = 0;
      for (String entry : golden.entries().keySet()) {
        if (entry.startsWith("grad.")) {
          float[] expected = golden.floats(entry);
          assertThat(gradients).containsKey(entry.substring(5));
          assertThat(gradients.get(entry.substring(5)))
              .as(entry)
              .containsExactly(expected, within(1e-4f * (1 + largest(expected))));
          compared++;
        }
      }
      assertThat(compared).isEqualTo(golden.entries().size() - 5).isGreaterThan(18);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "roberta-classifier"})
  void logits_classifier_equalTheReference(String name) throws Exception {
    assertThat(logits(name, Golden::batch))
        .containsExactly(golden(name).floats("logits"), within(1e-4f));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "llama-rope-scaled-tied", "mistral", "qwen2"})
  void logits_causalModel_equalTheReferenceWhereATokenFollows(String name) throws Exception {
    float[] all = golden(name).floats("logits");
    long[] attention = golden(name).longs("attention_mask");
    int length = Math.toIntExact(golden(name).entry("input_ids").shape().get(1));
    int vocabulary = all.length / attention.length;
    int[] followed =
        IntStream.range(0, attention.length)
            .filter(at -> at % length != length - 1 && attention[at + 1] == 1)
            .toArray();
    float[] expected = new float[followed.length * vocabulary];
    for (int i = 0; i < followed.length; i++) {
      System.arraycopy(all, followed[i] * vocabulary, expected, i * vocabulary, vocabulary);
    }

    assertThat(logits(name, Golden::batchOfAllTokens)).containsExactly(expected, within(1e-4f));
    assertThat(followed).hasSizeGreaterThan(10);
  }

  private static SafetensorsFile golden(String name) throws Exception {
    return SafetensorsFile.open(Golden.directory(name).resolve("golden.safetensors"));
  }

  private interface Batches {
    Batch of(SafetensorsFile golden);
  }

  private static float[] logits(String name, Batches batches) throws Exception {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        SafetensorsFile golden = golden(name);
        Transformer model =
            ModelLoader.load(kernels, Golden.directory(name), LoadOptions.classifier(CLASSES, 0));
        TokenBatch batch = TokenBatch.of(kernels.manager(), batches.of(golden))) {
      return model.logits(batch);
    }
  }

  private static float[] sum(float[] a, float[] b) {
    float[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Weights of linear layers, and of BERT's head, are held transposed. */
  private static float[] likeFile(Transformer model, Parameter parameter, NDArray gradient) {
    boolean asInFile =
        gradient.getShape().dimension() < 2
            || model.embedding().contains(parameter)
            || parameter.name().equals("lm_head.weight");
    return asInFile ? gradient.toFloatArray() : gradient.transpose().toFloatArray();
  }
}
