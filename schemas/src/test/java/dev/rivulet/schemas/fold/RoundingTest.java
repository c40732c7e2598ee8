package dev.rivulet.schemas.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.tensor.Bfloat16;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stochastic rounding by key: unbiased, keeps small updates, and has the same bits everywhere. */
@Tag("cross-check")
class RoundingTest {
  private static final int IN = 40;
  private static final int OUT = 32;
  private static final int KEYS = 2000;

  private final float[] values = KeyedRandom.of(3, "rounding", "values", 0).normal(IN * OUT);

  private enum Form {
    BF16(0x1p-6),
    NF4(1),
    NF4_DQ(1);

    /** Upper bound of the distance between two neighbours. */
    private final double gap;

    Form(double gap) {
      this.gap = gap;
    }

    BaseWeight weight(float[] values) {
      return switch (this) {
        case BF16 -> new BaseWeight.Bf16(IN, OUT, Bfloat16.toBits(values));
        case NF4 -> new BaseWeight.Packed(IN, OUT, Nf4.quantize(values));
        case NF4_DQ -> BaseWeight.DoublyPacked.of(IN, OUT, Nf4.quantize(values));
      };
    }
  }

  /**
   * The mean of an element x between the neighbours a and b, rounded under K keys, has the standard
   * error √((x − a)(b − x)/K). The tolerance is 5 standard errors, plus 8/K of a gap: a neighbour
   * of probability up to 8/K may never be drawn.
   */
  @ParameterizedTest
  @EnumSource(
      value = Form.class,
      names = {"BF16", "NF4"})
  void add_manyKeys_isUnbiased(Form form) {
    float[] left = KeyedRandom.of(3, "rounding", "left", 0).normal(IN);
    float[] right = KeyedRandom.of(3, "rounding", "right", 0).normal(OUT);
    float[] sum = form.weight(values).floats();
    Fold.add(sum, new LowRank(IN, OUT, 1, 0.01f, left, right));
    double[] means = new double[sum.length];
    float[] low = sum.clone();
    float[] high = sum.clone();
    for (int key = 0; key < KEYS; key++) {
      float[] rounded = folded(form.weight(values), left, right, new Rounding((long) key));
      for (int i = 0; i < sum.length; i++) {
        means[i] += rounded[i] / (double) KEYS;
        low[i] = Math.min(low[i], rounded[i]);
        high[i] = Math.max(high[i], rounded[i]);
      }
    }
    float[] nearest = folded(form.weight(values), left, right, Rounding.NEAREST);
    double bias = 0;
    double biasOfNearest = 0;
    for (int i = 0; i < sum.length; i++) {
      double error = Math.sqrt(((double) sum[i] - low[i]) * (high[i] - sum[i]) / KEYS);
      assertThat(means[i])
          .as("element %d", i)
          .isCloseTo(sum[i], within(5 * error + 8 * form.gap / KEYS));
      bias += Math.abs(means[i] - sum[i]);
      biasOfNearest += Math.abs(nearest[i] - sum[i]);
    }
    assertThat(bias).isLessThan(0.1 * biasOfNearest);
  }

  private static float[] folded(BaseWeight weight, float[] left, float[] right, Rounding rounding) {
    weight.add(new LowRank(IN, OUT, 1, 0.01f, left, right), rounding);
    return weight.floats();
  }

  /**
   * Each fold adds at most a hundredth of the distance to the next value. Rounding to nearest loses
   * it; stochastic rounding keeps it on average over the elements.
   */
  @ParameterizedTest
  @CsvSource({"BF16, 1e-5", "NF4, 2e-4", "NF4_DQ, 2e-4"})
  void add_driftBelowHalfALevel_isLostByNearestAndKeptByStochastic(Form form, float drift) {
    int folds = 200;
    float[] left = new float[IN];
    float[] right = new float[OUT];
    Arrays.fill(left, 1);
    Arrays.fill(right, drift);
    LowRank update = new LowRank(IN, OUT, 1, 1, left, right);
    BaseWeight nearest = form.weight(values);
    BaseWeight stochastic = form.weight(values);
    float[] start = nearest.floats();
    for (int fold = 0; fold < folds; fold++) {
      nearest.add(update, Rounding.NEAREST);
      stochastic.add(update, RoundingPolicy.STOCHASTIC.of(1, "layer", fold));
    }
    double whole = folds * (double) drift;
    assertThat(moved(start, stochastic.floats())).isCloseTo(whole, within(0.35 * whole));
    assertThat(moved(start, nearest.floats())).isLessThan(0.15 * whole);
  }

  private static double moved(float[] from, float[] to) {
    double sum = 0;
    for (int i = 0; i < from.length; i++) {
      sum += (double) to[i] - from[i];
    }
    return sum / from.length;
  }

  /** Each element has its own random bits, wherever rows and pieces start. */
  @ParameterizedTest
  @CsvSource({"301, 257, 17", "3, 5000, 4", "700, 3, 2", "999, 1, 1", "256, 512, 16"})
  void add_anyShapeAndThreads_roundsTheDenseSumElementByElement(int in, int out, int rank)
      throws Exception {
    float[] weight = KeyedRandom.of(2, "weight", "", 0).normal(in * out);
    float[] left = KeyedRandom.of(2, "left", "", 0).normal(in * rank);
    float[] right = KeyedRandom.of(2, "right", "", 0).normal(rank * out);
    Rounding rounding = new Rounding(-77L);
    for (int threads : new int[] {1, 3}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        short[] bits = Bfloat16.toBits(weight);
        float[] sum = Bfloat16.fromBits(bits);
        Fold.add(sum, new LowRank(in, out, rank, 1, left, right));
        pool.submit(() -> Fold.add(bits, new LowRank(in, out, rank, 1, left, right), rounding))
            .get();
        assertThat(bits).isEqualTo(oneByOne(sum));

        Nf4Tensor tensor = Nf4.quantize(weight);
        float[] packedSum = Nf4.dequantize(tensor);
        Fold.add(packedSum, new LowRank(in, out, rank, 1, left, right));
        pool.submit(() -> Fold.add(tensor, new LowRank(in, out, rank, 1, left, right), rounding))
            .get();
        assertThat(tensor.codes()).isEqualTo(rounding.toNf4(packedSum).codes());
        assertThat(tensor.absmax()).isEqualTo(rounding.toNf4(packedSum).absmax());
      } finally {
        pool.shutdown();
      }
    }
  }

  /** Element i takes word i mod 4 of the generator's block i / 4. */
  private static short[] oneByOne(float[] sum) {
    KeyedRandom random = KeyedRandom.ofKey((int) (-77L >>> 32), (int) -77L);
    short[] bits = new short[sum.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Bfloat16.toBits(sum[i], random.block(i / 4, 0)[i % 4]);
    }
    return bits;
  }

  @Test
  void of_policy_hasAKeyPerSeedLayerAndRefresh() {
    RoundingPolicy policy = RoundingPolicy.STOCHASTIC;
    Rounding rounding = policy.of(1, "query", 3);
    assertThat(rounding).isEqualTo(policy.of(1, "query", 3));
    assertThat(rounding.key()).isNotNull();
    assertThat(policy.of(2, "query", 3)).isNotEqualTo(rounding);
    assertThat(policy.of(1, "key", 3)).isNotEqualTo(rounding);
    assertThat(policy.of(1, "query", 4)).isNotEqualTo(rounding);
    assertThat(RoundingPolicy.NEAREST.of(1, "query", 3)).isEqualTo(Rounding.NEAREST);
  }

  @Test
  void toBfloat16_anyLowBits_roundUpInProportion() {
    for (int low : new int[] {0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff}) {
      float value = Float.intBitsToFloat(0x3f80_0000 | low);
      int up = 0;
      for (int random = 0; random < 1 << 16; random++) {
        short bits = Bfloat16.toBits(value, random << 16 | 0xffff);
        assertThat(bits).isIn((short) 0x3f80, (short) 0x3f81);
        up += bits - 0x3f80;
      }
      assertThat(up).isEqualTo(low);
    }
    assertThat(Bfloat16.toBits(Float.NaN, -1)).isEqualTo((short) 0x7fc0);
    assertThat(Bfloat16.toBits(Float.NEGATIVE_INFINITY, -1)).isEqualTo((short) 0xff80);
    assertThat(Bfloat16.toBits(-0f, -1)).isEqualTo((short) 0x8000);
  }
}
