package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccumulationTest {
  private final Map<Parameter, float[]> whole = new LinkedHashMap<>();
  private final Map<Parameter, float[]> apart = new LinkedHashMap<>();

  /** The rows have different lengths, and for the language model different numbers of targets. */
  @ParameterizedTest
  @CsvSource({"bert-classifier,FAST", "llama-rope-scaled-tied,FAST", "qwen2,LEAN"})
  void gradientsByBlock_rowsApart_equalThoseOfTheBatch(String name, MemoryMode memory)
      throws Exception {
    Path directory = Golden.directory(name);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        SafetensorsFile golden = SafetensorsFile.open(directory.resolve("golden.safetensors"));
        Transformer model = ModelLoader.load(kernels, directory, LoadOptions.classifier(3, 0))) {
      model.setMemory(memory);
      Batch batch = Golden.batch(golden);
      List<TokenBatch> rows =
          Rows.of(batch).stream().map(row -> TokenBatch.of(kernels.manager(), row)).toList();
      assertThat(rows).extracting(TokenBatch::length).doesNotHaveDuplicates();
      Set<Parameter> wanted =
          model.parameters().stream().filter(p -> p.size() > 0).collect(Collectors.toSet());

      float loss =
          model.gradients(
              TokenBatch.of(kernels.manager(), batch),
              wanted,
              (parameter, gradient) -> whole.merge(parameter, gradient.toFloatArray(), this::sum));
      float sameLoss =
          model.gradientsByBlock(
              rows,
              wanted,
              (parameter, gradient) -> apart.merge(parameter, gradient.toFloatArray(), this::sum));

      assertThat(sameLoss).isCloseTo(loss, within(1e-5f));
      assertThat(apart.keySet()).containsExactlyElementsOf(whole.keySet());
      whole.forEach(
          (parameter, gradient) ->
              assertThat(apart.get(parameter))
                  .as(parameter.name())
                  .usingComparatorWithPrecision(1e-5f)
                  .containsExactly(gradient));
    }
  }

  private float[] sum(float[] a, float[] b) {
    float[] sum = a.clone();
    for (int i = 0; i < b.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }
}
