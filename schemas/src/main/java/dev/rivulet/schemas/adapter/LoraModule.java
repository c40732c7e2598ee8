package dev.rivulet.schemas.adapter;

import dev.rivulet.schemas.failure.UsageException;
import java.util.Arrays;

/**
 * A low-rank change of one linear map: its weight, [out, in] as in files, gains scale·B·A.
 *
 * @param name of the linear map in the base model's files
 * @param in input width
 * @param out output width
 * @param rank of the change, at least 1
 * @param scale s; PEFT's alpha is s·rank
 * @param a A, [rank, in], row-major
 * @param b B, [out, rank], row-major
 */
public record LoraModule(
    String name, int in, int out, int rank, double scale, float[] a, float[] b) {

  public LoraModule {
    if (rank < 1 || a.length != rank * in || b.length != out * rank) {
      throw new UsageException(
          "module %s: %d and %d values, and rank %d of %d x %d is asked for"
              .formatted(name, a.length, b.length, rank, in, out));
    }
  }

  /** Returns PEFT's alpha. */
  public double alpha() {
    return scale * rank;
  }

  /** Returns the same change as one of a higher rank: rows and columns of zeros are added. */
  public LoraModule padded(int higher) {
    float[] wide = new float[out * higher];
    for (int row = 0; row < out; row++) {
      System.arraycopy(b, row * rank, wide, row * higher, rank);
    }
    return new LoraModule(name, in, out, higher, scale, Arrays.copyOf(a, higher * in), wide);
  }
}
