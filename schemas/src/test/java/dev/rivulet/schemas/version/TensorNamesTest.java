package dev.rivulet.schemas.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorNamesTest {
  private static final List<Long> MATRIX = List.of(4L, 6L);

  @ParameterizedTest
  @CsvSource({
    "model.layers.11.self_attn.q_proj.weight, true, true",
    "bert.encoder.layer.0.output.dense.weight, true, true",
    "encoder.layer.0.attention.self.key.weight, true, true",
    "pooler.dense.weight, true, false",
    "classifier.out_proj.weight, true, false",
    "lm_head.weight, false, false",
    "model.embed_tokens.weight, false, false",
    "roberta.embeddings.position_embeddings.weight, false, false",
    "embeddings.word_embeddings.weight, false, false",
    "model.layers.11.self_attn.q_proj.bias, false, false"
  })
  void name_ofAMatrix_tellsItsPlace(String name, boolean linear, boolean layer) {
    assertThat(TensorNames.isLinear(name, MATRIX)).isEqualTo(linear);
    assertThat(TensorNames.isLayer(name, MATRIX)).isEqualTo(layer);
    assertThat(TensorNames.isLinear(name, List.of(4L))).isFalse();
  }

  @Test
  void layer_ofAWeight_isItsModule() {
    String weight = "model.layers.1.mlp.up_proj.weight";
    assertThat(TensorNames.layer(weight)).isEqualTo("model.layers.1.mlp.up_proj");
    assertThat(TensorNames.weight(TensorNames.layer(weight))).isEqualTo(weight);
  }
}
