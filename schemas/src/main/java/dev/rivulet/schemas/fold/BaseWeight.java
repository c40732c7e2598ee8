package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;

/**
 * A frozen weight W, [in, out], row-major, in its storage form. Sealed factors are folded into it.
 *
 * <p>The arrays are not copied: the fold writes into them.
 */
public sealed interface BaseWeight {

  /** A weight in float32. */
  record Float32(int in, int out, float[] values) implements BaseWeight {
    @Override
    public void add(LowRank update, Rounding rounding) {
      update.requireShape(in, out);
      Fold.add(values, update);
    }

    @Override
    public float[] floats() {
      return values.clone();
    }
  }

  /** A weight in bfloat16, as {@link Bfloat16} bits. */
  record Bf16(int in, int out, short[] bits) implements BaseWeight {
    @Override
    public void add(LowRank update, Rounding rounding) {
      update.requireShape(in, out);
      Fold.add(bits, update, rounding);
    }

    @Override
    public float[] floats() {
      return Bfloat16.fromBits(bits);
    }
  }

  /** A weight in NF4. */
  record Packed(int in, int out, Nf4Tensor values) implements BaseWeight {
    @Override
    public void add(LowRank update, Rounding rounding) {
      update.requireShape(in, out);
      Fold.add(values, update, rounding);
    }

    @Override
    public float[] floats() {
      return Nf4.dequantize(values);
    }
  }

  /**
   * A weight in NF4 with double quantisation: after every fold the absmax of its blocks are rounded
   * to the nearest values in 8 bits.
   */
  final class DoublyPacked implements BaseWeight {
    private final int in;
    private final int out;
    private final byte[] codes;
    private QuantizedAbsmax absmax;

    /** Creates a weight from the codes of an {@link Nf4Tensor} and its quantised absmax. */
    public DoublyPacked(int in, int out, byte[] codes, QuantizedAbsmax absmax) {
      this.in = in;
      this.out = out;
      this.codes = codes;
      this.absmax = absmax;
    }

    /** Returns a weight with its absmax quantised to 8 bits. */
    public static DoublyPacked of(int in, int out, Nf4Tensor values) {
      return new DoublyPacked(in, out, values.codes(), QuantizedAbsmax.of(values.absmax()));
    }

    @Override
    public int in() {
      return in;
    }

    @Override
    public int out() {
      return out;
    }

    /** Returns the codes of the values, not copied. */
    public byte[] codes() {
      return codes;
    }

    /** Returns the current absmax of the blocks. */
    public QuantizedAbsmax absmax() {
      return absmax;
    }

    @Override
    public void add(LowRank update, Rounding rounding) {
      update.requireShape(in, out);
      Nf4Tensor values = values();
      Fold.add(values, update, rounding);
      if (update.rank() > 0) {
        absmax = QuantizedAbsmax.of(values.absmax());
      }
    }

    private Nf4Tensor values() {
      return new Nf4Tensor(codes, absmax.dequantize(), Math.multiplyExact(in, out));
    }

    @Override
    public float[] floats() {
      return Nf4.dequantize(values());
    }
  }

  /** Returns the number of rows. */
  int in();

  /** Returns the number of columns. */
  int out();

  /**
   * Folds a factor in: adds scale·L·R to W.
   *
   * @param rounding rounding of the sum to the storage form; ignored for float32
   * @throws IllegalArgumentException when the update is for another shape; W is unchanged
   */
  void add(LowRank update, Rounding rounding);

  /** Returns a copy in float32. */
  float[] floats();
}
