package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.record.Factor;

/**
 * A factor as read from the log: a weight gains scale·L·R by it.
 *
 * @param left L, [in, rank], row-major
 * @param right R, [rank, out], row-major
 * @param rank of the product
 * @param scale s
 * @param rounding how the weight is rounded when the factor is sealed into it
 */
record LowRank(float[] left, float[] right, int rank, float scale, Rounding rounding) {

  /** Reads a factor, checked against its hashes. */
  static LowRank read(TensorReader reader, Factor factor) {
    int rank = Math.toIntExact(factor.getRight().getShape().get(0));
    float[] left = reader.floats(factor.getLeft());
    return new LowRank(
        left,
        reader.floats(factor.getRight()),
        rank,
        factor.getScale(),
        new Rounding(factor.getRounding()));
  }

  /** Seals the factor into a weight, which is rounded as its form asks. */
  void sealInto(BaseWeight weight) {
    weight.add(left, right, rank, scale, rounding);
  }

  /** Adds the factor to a dense weight, [in, out]: an overlay that is open. */
  void addTo(float[] weight, int in, int out) {
    Fold.add(weight, in, out, left, right, rank, scale);
  }
}
