package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MultiplyAddsTest {
  /** Q·Kᵀ, A·V and two gradients each, of 6 pairs a row in a causal block, width 4. */
  private static final long CAUSAL_ATTENTION = 6 * (2 * 6) * 4;

  /** Two targets a row, 10 logits each, forward and both gradients. */
  private static final long VOCABULARY = 3 * (2 * 2) * 4 * 10;

  @Test
  void of_languageModelTrainedWhole_threeProductsALayer() {
    long weights = 4 * (4 * 4) + 3 * (4 * 6);
    assertThat(Workloads.languageModel(false).multiplyAdds(Workloads.ADAMW))
        .isEqualTo(3 * 6 * weights + CAUSAL_ATTENTION + VOCABULARY);
  }

  @Test
  void of_overlays_foldAndFactorsInPlaceOfWeightGradients() {
    long weights = 4 * (4 * 4) + 3 * (4 * 6);
    long fold = 2 * weights;
    long factors = 6 * 2 * (4 * (4 + 4) + 3 * (4 + 6));
    assertThat(Workloads.languageModel(false).multiplyAdds(Workloads.overlays(2)))
        .isEqualTo(2 * 6 * weights + fold + factors + CAUSAL_ATTENTION + VOCABULARY);
  }

  @Test
  void of_lora_bothFactorsHaveGradients() {
    Workload workload = Workloads.languageModel(true);
    Contender lora = Workloads.of(Contender.Algorithm.LORA, 2);
    long factors = 6 * 2 * (4 * (4 + 4) + 3 * (4 + 6));
    long embeddingsInput = 3 * 6 * (4 * 4);
    long tiedHead = VOCABULARY / 3;
    assertThat(workload.multiplyAdds(lora))
        .isEqualTo(
            workload.multiplyAdds(Workloads.overlays(2)) + factors - embeddingsInput - tiedHead);
  }

  /** Two evaluations, each a third of what all three passes of training take. */
  @Test
  void of_lozo_twoForwardPasses() {
    long weights = 4 * (4 * 4) + 3 * (4 * 6);
    long factors = 6 * 2 * (4 * (4 + 4) + 3 * (4 + 6));
    assertThat(
            Workloads.languageModel(false).multiplyAdds(Workloads.of(Contender.Algorithm.LOZO, 2)))
        .isEqualTo(2 * (6 * weights + factors + CAUSAL_ATTENTION / 3 + VOCABULARY / 3));
  }

  @Test
  void of_rankAboveAWidth_countsAsThatWidth() {
    Workload workload = Workloads.languageModel(false);
    assertThat(workload.multiplyAdds(Workloads.overlays(100)))
        .isEqualTo(workload.multiplyAdds(Workloads.overlays(4)));
  }

  @Test
  void of_tiedHead_countedWholeWhereItsTableIsTrained() {
    assertThat(Workloads.languageModel(true).multiplyAdds(Workloads.ADAMW))
        .isEqualTo(Workloads.languageModel(false).multiplyAdds(Workloads.ADAMW));
  }

  @Test
  void of_classifierWithFrozenEmbedding_firstInputNeedsNoGradientAndLastBlockFirstTokensOnly() {
    long weights = 4 * (4 * 4) + 2 * (4 * 6);
    long keysAndValues = 2 * (4 * 4);
    long products = 6 * weights + 6 * keysAndValues + 2 * (weights - keysAndValues);
    long widths = 4 * (4 + 4) + 2 * (4 + 6);
    long factors = 6 * widths + 6 * (2 * 8) + 2 * (widths - 2 * 8);
    long attention = 6 * (2 * 3 * 3 + 2 * 3) * 4;
    long head = 3 * 2 * 4 * (4 + 2);
    long spared = 3 * 6 * (4 * 4);
    assertThat(Workloads.classifier().multiplyAdds(Workloads.overlays(1)))
        .isEqualTo(2 * products - spared + 2 * weights + factors + attention + head);
    assertThat(Workloads.classifier().multiplyAdds(Workloads.ADAMW))
        .isEqualTo(3 * products + attention + head);
  }
}
