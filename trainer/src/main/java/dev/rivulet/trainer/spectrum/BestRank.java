package dev.rivulet.trainer.spectrum;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;

/**
 * The best approximation of a matrix by one of low rank, L·R, from its singular values (Eckart and
 * Young, 1936).
 *
 * @param rank of the product
 * @param left L, [rows, rank], row-major
 * @param right R, [rank, columns], row-major
 * @param norm Frobenius norm of the matrix
 * @param rest Frobenius norm of what L·R leaves over
 */
public record BestRank(int rank, float[] left, float[] right, double norm, double rest) {

  /**
   * Approximates a matrix.
   *
   * @param matrix [rows, columns], row-major; finite
   * @param rank wanted; the smaller side of the matrix is the most that there is
   */
  public static BestRank of(Kernels kernels, float[] matrix, int rows, int columns, int rank) {
    int found = Math.min(rank, Math.min(rows, columns));
    try (NDManager scratch = kernels.manager().newSubManager();
        Parameter value = Parameter.of("matrix", scratch, matrix, rows, columns)) {
      NDList results = kernels.call(scratch, "best_rank", value.value(), new double[] {found});
      double[] norms = results.get(2).toDoubleArray();
      return new BestRank(
          found, results.get(0).toFloatArray(), results.get(1).toFloatArray(), norms[0], norms[1]);
    }
  }

  /** Returns the norm of what is left over, as a share of the matrix's; 0 for a matrix of zeros. */
  public double relativeError() {
    return norm == 0 ? 0 : rest / norm;
  }
}
