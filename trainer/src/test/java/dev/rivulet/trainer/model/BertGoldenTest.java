package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logits, loss and gradients against those of the reference implementation (transformers), which
 * made the files under golden/.
 */
class BertGoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "roberta-classifier"})
  void gradients_goldenBatch_equalTheReference(String model) throws Exception {
    Path directory = GOLDEN.resolve(model);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        SafetensorsFile golden = SafetensorsFile.open(directory.resolve("golden.safetensors"));
        BertClassifier bert = BertLoader.load(kernels, directory, 3, 0);
        TokenBatch batch = batch(kernels.manager(), golden)) {
      List<Parameter> all = bert.parameters().stream().filter(p -> p.size() > 0).toList();
      Map<String, float[]> gradients = new HashMap<>();
      Evaluation trained =
          bert.gradients(
              batch,
              new HashSet<>(all),
              (parameter, gradient) ->
                  gradients.put(parameter.name(), likeFile(parameter, gradient)));

      assertThat(trained.loss()).isCloseTo(golden.floats("loss")[0], within(1e-5f));
      assertThat(trained.logits()).containsExactly(golden.floats("logits"), within(1e-4f));
      assertThat(bert.evaluate(batch).logits()).containsExactly(trained.logits());
      int compared = 0;
      for (String name : golden.entries().keySet()) {
        if (name.startsWith("grad.")) {
          float[] expected = golden.floats(name);
          assertThat(gradients).containsKey(name.substring(5));
          assertThat(gradients.get(name.substring(5)))
              .as(name)
              .containsExactly(expected, within(1e-4f * (1 + largest(expected))));
          compared++;
        }
      }
      assertThat(compared).isEqualTo(golden.entries().size() - 5).isGreaterThan(30);
    }
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Weights of linear layers are held transposed. */
  private static float[] likeFile(Parameter parameter, NDArray gradient) {
    String name = parameter.name();
    boolean table = name.contains("embeddings.");
    return gradient.getShape().dimension() == 2 && !table && name.endsWith("weight")
        ? gradient.transpose().toFloatArray()
        : gradient.toFloatArray();
  }

  private static TokenBatch batch(NDManager parent, SafetensorsFile golden) {
    NDManager manager = parent.newSubManager();
    List<Long> shape = golden.entry("input_ids").shape();
    long rows = shape.get(0);
    long length = shape.get(1);
    long[] attention = golden.longs("attention_mask");
    float[] mask = new float[attention.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = attention[i] == 0 ? Float.NEGATIVE_INFINITY : 0;
    }
    return new TokenBatch(
        manager,
        manager.create(golden.longs("input_ids"), new Shape(rows, length)),
        manager.zeros(new Shape(rows, length), ai.djl.ndarray.types.DataType.INT64),
        manager.create(mask, new Shape(rows, 1, 1, length)),
        manager.create(golden.longs("labels"), new Shape(rows)),
        0);
  }
}
