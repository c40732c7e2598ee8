package dev.rivulet.trainer.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.MethodContext;
import dev.rivulet.trainer.method.ResidualPolicy;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Estimates against models as they are loaded. */
class MemoryEstimateTest {
  @TempDir Path directory;

  private static final int CLASSES = 3;
  private static final MethodConfig LOW_RANK = AdaRankGradConfig.adaptive(0.9, 1, 2, 1, 10);
  private static final int ROWS = 1;
  private static final int LENGTH = 8;

  @ParameterizedTest
  @CsvSource({
    "bert-classifier,FP32",
    "roberta-classifier,FP32",
    "llama-gqa,FP32",
    "qwen2,FP32",
    "llama-rope-scaled-tied,FP32",
    "llama-gqa,BF16",
    "llama-gqa,NF4",
    "llama-gqa,NF4_DQ"
  })
  void weights_everyFamilyAndForm_areTheLoadedModels(String name, BaseForm base) {
    Path directory = Path.of("src/test/resources/golden").resolve(name);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(kernels, directory, new LoadOptions(CLASSES, 0, base));
        Method method = AdamWConfig.DEFAULT.start(new MethodContext(model, true, 1, 0))) {
      long loaded = model.parameters().stream().mapToLong(Parameter::bytes).sum();
      MemoryEstimate estimate = AdamWConfig.DEFAULT.memory(plan(directory, base, MemoryMode.FAST));

      assertThat(estimate.weights()).isEqualTo(loaded);
      if (base == BaseForm.FP32) {
        assertThat(estimate.moments()).isEqualTo(method.optimizerBytes());
      }
    }
  }

  /** A model of large layers: 4.127 bits a weight where absmax are in 8 bits, 4.5 where not. */
  @Test
  void weights_doublyQuantised_areThePublishedBits() {
    long values = 2048L * 5461;
    assertThat(8.0 * QuantizedAbsmax.bytesOf(values) / values)
        .isCloseTo(4.127, within(5e-4))
        .isCloseTo(8 * QuantizedAbsmax.BYTES_PER_VALUE, within(1e-4));
  }

  @Test
  void of_residual_holdsTheFullGradientsOfAllBlocks() throws IOException {
    MemoryPlan plan = plan(golden(), BaseForm.FP32, MemoryMode.FAST);
    MemoryEstimate without = AdaRankGradConfig.DEFAULT.memory(plan);
    MemoryEstimate with = fira().memory(plan);

    assertThat(with.gradients() - without.gradients()).isEqualTo(4 * plan.shape().linear());
    assertThat(with.moments()).isEqualTo(without.moments());
    assertThat(publishedPeak(fira(), MemoryMode.FAST, ROWS, LENGTH))
        .isGreaterThan(publishedPeak(AdaRankGradConfig.DEFAULT, MemoryMode.FAST, ROWS, LENGTH));
  }

  private static AdaRankGradConfig fira() {
    AdaRankGradConfig defaults = AdaRankGradConfig.DEFAULT;
    return new AdaRankGradConfig(
        defaults.adam(),
        defaults.energyShare(),
        defaults.minRank(),
        defaults.maxRank(),
        defaults.scale(),
        defaults.refresh(),
        defaults.oversampling(),
        defaults.powerIterations(),
        defaults.warmStart(),
        defaults.hysteresis(),
        defaults.budgetBytes(),
        defaults.moments(),
        ResidualPolicy.FIRA);
  }

  @Test
  void of_adaRankGrad_countsBasesAndFactorsAtTheLargestRank() {
    AdaRankGradConfig method = AdaRankGradConfig.DEFAULT;
    MemoryEstimate estimate = method.memory(plan(golden(), BaseForm.FP32, MemoryMode.FAST));

    // Per block: q, o and the three of the feed-forward part of width 32 by 32 or 48; k and v have
    // 16 columns, which bounds their rank.
    long bases = 32 * 32 * 5 + 16 * 16 * 2;
    long factors = 32 * (32 * 2 + 48 * 3) + 16 * 32 * 2;
    assertThat(estimate.bases()).isEqualTo(2 * 4 * bases);
    assertThat(estimate.factors()).isEqualTo(2 * 4 * factors);
  }

  /** A head that is trained, as a classifier's is, and one that is not. */
  @ParameterizedTest
  @CsvSource({"bert-classifier,true", "bert-classifier,false", "llama-gqa,false"})
  void of_lora_countsFactorsAndMomentsOfWhatIsTrained(String name, boolean trainEmbeddings) {
    Path directory = Path.of("src/test/resources/golden").resolve(name);
    LoraConfig config =
        new LoraConfig(AdamWConfig.DEFAULT, 3, 6, LoraScaling.RANK, Map.of(), List.of());
    MemoryPlan plan =
        new MemoryPlan(
            ModelShape.read(directory, CLASSES),
            trainEmbeddings,
            BaseForm.FP32,
            Precision.FP32,
            MemoryMode.FAST,
            ROWS,
            LENGTH);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(kernels, directory, new LoadOptions(CLASSES, 0, BaseForm.FP32));
        Method method = config.start(new MethodContext(model, trainEmbeddings, 1, 0))) {
      MemoryEstimate estimate = config.memory(plan);

      assertThat(estimate.bases()).isZero();
      assertThat(estimate.factors()).isEqualTo(model.overlayBytes());
      assertThat(estimate.factors() + estimate.moments()).isEqualTo(method.optimizerBytes());
      assertThat(2 * estimate.gradients()).isEqualTo(estimate.moments());
    }
  }

  @ParameterizedTest
  @CsvSource({"0, FP32", "0.9, NF4"})
  void of_lozo_countsWhatTheMethodKeeps(double momentum, BaseForm base) {
    LozoConfig config = new LozoConfig(2, 50, 1e-3, momentum, 0, false);
    MemoryEstimate estimate = config.memory(plan(golden(), base, MemoryMode.FAST));
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = ModelLoader.load(kernels, golden(), new LoadOptions(CLASSES, 0, base));
        Method method = config.start(new MethodContext(model, true, 1, 0))) {
      assertThat(estimate.bases() + estimate.factors() + estimate.moments())
          .isEqualTo(method.optimizerBytes());
    }
  }

  @Test
  void of_loqt_countsOneRankAndTheMergeOfALayer() {
    LoqtConfig method = LoqtConfig.DEFAULT;
    MemoryEstimate estimate = method.memory(plan(golden(), BaseForm.NF4, MemoryMode.FAST));
    MemoryEstimate ofThatRank =
        AdaRankGradConfig.DEFAULT.memory(plan(golden(), BaseForm.NF4, MemoryMode.FAST));

    assertThat(method.rank()).isEqualTo(AdaRankGradConfig.DEFAULT.maxRank());
    assertThat(estimate).isEqualTo(ofThatRank);
  }

  /**
   * The published memory of LoQT, weights and optimizer: NF4 for weights and bases, and 6 bytes (a
   * bfloat16 value and two bfloat16 moments) for factors and what is trained whole. GiB.
   */
  @ParameterizedTest
  @CsvSource({
    "512,1376,8,128,0.23",
    "768,2048,12,256,0.49",
    "1024,2736,24,256,0.97",
    "2048,5461,24,512,3.15"
  })
  @Tag("cross-check")
  void bytesPerWeight_publishedModels_giveThePublishedMemory(
      int hidden, int inner, int blocks, int rank, double published) throws IOException {
    ModelShape shape = published(hidden, inner, blocks, 32_000);
    MemoryPlan plan =
        new MemoryPlan(shape, true, BaseForm.NF4, Precision.BF16, MemoryMode.FAST, 1, 1);

    double packed = plan.weightBytes() - 4.0 * plan.wholeElements();
    double bytes =
        packed
            + Nf4.BYTES_PER_VALUE * blocks * plan.shortSides(rank)
            + 6.0 * (blocks * plan.longSides(rank) + plan.wholeElements());

    assertThat(bytes / 0x1p30).isCloseTo(published, withinPercentage(2));
  }

  /** A LLaMA of a published model's widths, whose head is not tied. */
  private ModelShape published(int hidden, int inner, int blocks, int vocabulary)
      throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {
          "model_type": "llama", "hidden_size": %d, "intermediate_size": %d,
          "num_hidden_layers": %d, "num_attention_heads": 8, "vocab_size": %d,
          "max_position_embeddings": 256, "rms_norm_eps": 1e-6, "hidden_act": "silu",
          "tie_word_embeddings": false
        }
        """
            .formatted(hidden, inner, blocks, vocabulary));
    return ModelShape.read(directory, 0);
  }

  /** Returns the peak of the smallest published model, whose embedding is not trained. */
  private long publishedPeak(MethodConfig method, MemoryMode memory, int rows, int length)
      throws IOException {
    ModelShape shape = published(512, 1376, 8, 4096);
    MemoryPlan plan =
        new MemoryPlan(shape, false, BaseForm.FP32, Precision.FP32, memory, rows, length);
    return method.memory(plan).peak();
  }

  @Test
  void peak_lozo_isBelowTheOthersAndGrowsWithTheQueries() throws IOException {
    LozoConfig pair = new LozoConfig(2, 50, 1e-3, 0, 0, false);
    LozoConfig queries = new LozoConfig(2, 50, 1e-3, 0, 8, false);
    long lozo = peak(pair, BaseForm.FP32, MemoryMode.FAST, 256);

    assertThat(lozo).isLessThan(peak(LOW_RANK, BaseForm.FP32, MemoryMode.FAST, 256));
    assertThat(publishedPeak(pair, MemoryMode.FAST, 8, 256))
        .isLessThan(publishedPeak(LOW_RANK, MemoryMode.LEAN, 8, 256));
    assertThat(peak(pair, BaseForm.FP32, MemoryMode.LEAN, 256)).isEqualTo(lozo);
    assertThat(peak(queries, BaseForm.FP32, MemoryMode.FAST, 256)).isGreaterThan(2 * lozo);
  }

  @Test
  void peak_manyTokens_isLessWhenLean() {
    for (MethodConfig method : List.of(AdamWConfig.DEFAULT, LOW_RANK, LoraConfig.DEFAULT)) {
      assertThat(peak(method, BaseForm.FP32, MemoryMode.LEAN, 256))
          .isLessThan(peak(method, BaseForm.FP32, MemoryMode.FAST, 256));
    }
  }

  @Test
  void peak_fewTokens_isLessWithOverlaysAndLessWithAPackedBase() {
    long whole = peak(AdamWConfig.DEFAULT, BaseForm.FP32, MemoryMode.LEAN, 8);
    long overlays = peak(LOW_RANK, BaseForm.FP32, MemoryMode.LEAN, 8);

    assertThat(overlays).isLessThan(whole);
    assertThat(peak(LOW_RANK, BaseForm.NF4, MemoryMode.LEAN, 8)).isLessThan(overlays);
  }

  private static long peak(MethodConfig method, BaseForm base, MemoryMode memory, int length) {
    MemoryPlan plan =
        new MemoryPlan(
            ModelShape.read(golden(), CLASSES), true, base, Precision.FP32, memory, 1, length);
    return method.memory(plan).peak();
  }

  private static Path golden() {
    return Path.of("src/test/resources/golden/llama-gqa");
  }

  private static MemoryPlan plan(Path directory, BaseForm base, MemoryMode memory) {
    return new MemoryPlan(
        ModelShape.read(directory, CLASSES), true, base, Precision.FP32, memory, ROWS, LENGTH);
  }
}
