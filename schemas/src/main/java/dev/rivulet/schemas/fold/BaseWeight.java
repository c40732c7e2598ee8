package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.tensor.Bfloat16;

/**
 * A weight W, [in, out], row-major, in one of the forms that a run keeps it in, which sealed
 * factors are folded into.
 *
 * <p>The arrays are not copied: the fold writes into them.
 */
public sealed interface BaseWeight {

  /** A weight in float32. */
  record Float32(int in, int out, float[] values) implements BaseWeight {
    @Override
    public void add(float[] left, float[] right, int rank, float scale) {
      Fold.add(values, in, out, left, right, rank, scale);
    }

    @Override
    public float[] floats() {
      return values.clone();
    }
  }

  /** A weight in bfloat16, as {@link Bfloat16} bits. */
  record Bf16(int in, int out, short[] bits) implements BaseWeight {
    @Override
    public void add(float[] left, float[] right, int rank, float scale) {
      Fold.add(bits, in, out, left, right, rank, scale);
    }

    @Override
    public float[] floats() {
      return Bfloat16.fromBits(bits);
    }
  }

  /** A weight in NF4. */
  record Packed(int in, int out, Nf4Tensor values) implements BaseWeight {
    @Override
    public void add(float[] left, float[] right, int rank, float scale) {
      Fold.add(values, in, out, left, right, rank, scale);
    }

    @Override
    public float[] floats() {
      return Nf4.dequantize(values);
    }
  }

  /** Returns the rows. */
  int in();

  /** Returns the columns. */
  int out();

  /**
   * Folds a factor in: W gains scale·L·R.
   *
   * @param left L, [in, rank], row-major
   * @param right R, [rank, out], row-major
   * @throws IllegalArgumentException when a length does not fit the shapes; nothing is changed
   */
  void add(float[] left, float[] right, int rank, float scale);

  /** Returns a copy in float32. */
  float[] floats();
}
