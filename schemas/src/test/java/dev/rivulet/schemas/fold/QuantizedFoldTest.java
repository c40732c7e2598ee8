package dev.rivulet.schemas.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fold of quantised weights, compared with the dense fold of a full float32 copy. */
@Tag("cross-check")
class QuantizedFoldTest {
  private static final float SCALE = 0.3f;

  private record Case(int in, int out, int rank, float[] weight, float[] left, float[] right) {

    static Case of(int in, int out, int rank) {
      return new Case(
          in,
          out,
          rank,
          KeyedRandom.of(2, "weight", "", 0).normal(in * out),
          KeyedRandom.of(2, "left", "", 0).normal(in * rank),
          KeyedRandom.of(2, "right", "", 0).normal(rank * out));
    }

    LowRank update() {
      return new LowRank(in, out, rank, SCALE, left, right);
    }

    /** Returns the unrounded sum in float32. */
    float[] sum(float[] widened) {
      float[] sum = widened.clone();
      Fold.add(sum, update());
      return sum;
    }

    short[] bfloat16() {
      short[] bits = Bfloat16.toBits(weight);
      Fold.add(bits, update(), Rounding.NEAREST);
      return bits;
    }

    Nf4Tensor nf4() {
      Nf4Tensor tensor = Nf4.quantize(weight);
      Fold.add(tensor, update(), Rounding.NEAREST);
      return tensor;
    }
  }

  /** Rows that blocks span, long rows, short rows, one column, and work for many threads. */
  @ParameterizedTest
  @CsvSource({"301, 257, 17", "3, 5000, 4", "700, 3, 2", "999, 1, 1", "256, 512, 16"})
  void add_bfloat16_roundsOnceAfterTheDenseFold(int in, int out, int rank) {
    Case given = Case.of(in, out, rank);
    float[] widened = Bfloat16.fromBits(Bfloat16.toBits(given.weight()));
    assertThat(given.bfloat16()).isEqualTo(Bfloat16.toBits(given.sum(widened)));
  }

  @ParameterizedTest
  @CsvSource({"301, 257, 17", "3, 5000, 4", "700, 3, 2", "999, 1, 1", "256, 512, 16"})
  void add_nf4_quantizesTheDenseFold(int in, int out, int rank) {
    Case given = Case.of(in, out, rank);
    Nf4Tensor expected = Nf4.quantize(given.sum(Nf4.dequantize(Nf4.quantize(given.weight()))));
    Nf4Tensor folded = given.nf4();
    assertThat(folded.codes()).isEqualTo(expected.codes());
    assertThat(folded.absmax()).isEqualTo(expected.absmax());
  }

  /** The fold starts from absmax of 8 bits and quantises the new absmax to 8 bits. */
  @ParameterizedTest
  @CsvSource({"301, 257, 17", "3, 5000, 4", "256, 512, 16"})
  void add_doublyPacked_quantizesTheNewAbsmax(int in, int out, int rank) {
    Case given = Case.of(in, out, rank);
    Nf4Tensor single = Nf4.quantize(given.weight());
    BaseWeight.DoublyPacked weight = BaseWeight.DoublyPacked.of(in, out, single);
    float[] eightBits = QuantizedAbsmax.of(single.absmax()).dequantize();
    Nf4Tensor expected =
        Nf4.quantize(given.sum(Nf4.dequantize(new Nf4Tensor(single.codes(), eightBits, in * out))));
    weight.add(given.update(), Rounding.NEAREST);

    QuantizedAbsmax absmax = QuantizedAbsmax.of(expected.absmax());
    assertThat(weight.codes()).isEqualTo(expected.codes());
    assertThat(weight.absmax().codes()).isEqualTo(absmax.codes());
    assertThat(weight.absmax().scales()).isEqualTo(absmax.scales());
    assertThat(weight.floats())
        .isEqualTo(Nf4.dequantize(new Nf4Tensor(expected.codes(), absmax.dequantize(), in * out)))
        .isNotEqualTo(Nf4.dequantize(expected));
  }

  @Test
  void add_doublyPackedRankZero_changesNothing() {
    Case none = Case.of(301, 257, 0);
    BaseWeight.DoublyPacked weight =
        BaseWeight.DoublyPacked.of(301, 257, Nf4.quantize(none.weight()));
    float[] before = weight.floats();
    weight.add(none.update(), Rounding.NEAREST);
    assertThat(weight.floats()).isEqualTo(before);
  }

  @Test
  void add_bfloat16ManySmallUpdates_roundsOnlyTheirSum() {
    int rank = 64;
    short[] weight = Bfloat16.toBits(new float[] {1});
    float[] right = new float[rank];
    Arrays.fill(right, 0x1p-10f);
    float[] left = new float[rank];
    Arrays.fill(left, 1);
    Fold.add(weight, new LowRank(1, 1, rank, 1, left, right), Rounding.NEAREST);
    assertThat(Bfloat16.fromBits(weight)).containsExactly(1.0625f);
  }

  @Test
  void add_anyNumberOfThreads_givesTheSameBits() throws Exception {
    Case given = Case.of(301, 257, 17);
    short[] bits = given.bfloat16();
    Nf4Tensor tensor = given.nf4();
    for (int threads : new int[] {1, 2, 7}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        assertThat(pool.submit(given::bfloat16).get()).isEqualTo(bits);
        Nf4Tensor again = pool.submit(given::nf4).get();
        assertThat(again.codes()).isEqualTo(tensor.codes());
        assertThat(again.absmax()).isEqualTo(tensor.absmax());
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void add_rankZeroOrZeros_changesNothing() {
    Case none = Case.of(301, 257, 0);
    Nf4Tensor before = Nf4.quantize(none.weight());
    assertThat(none.nf4().codes()).isEqualTo(before.codes());
    assertThat(none.nf4().absmax()).isEqualTo(before.absmax());
    assertThat(none.bfloat16()).isEqualTo(Bfloat16.toBits(none.weight()));

    Nf4Tensor tensor = Nf4.quantize(none.weight());
    Fold.add(
        tensor,
        new LowRank(301, 257, 2, 1, new float[301 * 2], new float[2 * 257]),
        Rounding.NEAREST);
    assertThat(tensor.codes()).isEqualTo(before.codes());
    assertThat(tensor.absmax()).isEqualTo(before.absmax());
  }

  @Test
  void add_emptyWeight_doesNotFail() {
    Fold.add(
        Nf4.quantize(new float[0]),
        new LowRank(0, 8, 2, 1, new float[0], new float[16]),
        Rounding.NEAREST);
    Fold.add(new short[0], new LowRank(8, 0, 2, 1, new float[16], new float[0]), Rounding.NEAREST);
  }

  @Test
  void add_wrongLength_namesTheTensorAndItsShape() {
    Nf4Tensor tensor = Nf4.quantize(new float[100]);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Fold.add(
                    tensor,
                    new LowRank(10, 11, 1, 1, new float[10], new float[11]),
                    Rounding.NEAREST))
        .withMessage("weight: 100 values for shape [10, 11]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Fold.add(
                    new short[99],
                    new LowRank(10, 10, 1, 1, new float[10], new float[10]),
                    Rounding.NEAREST))
        .withMessage("weight: 99 values for shape [10, 10]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Fold.add(
                    tensor,
                    new LowRank(10, 10, 1, 1, new float[9], new float[10]),
                    Rounding.NEAREST))
        .withMessage("left factor: 9 values for shape [10, 1]");
  }
}
