package dev.rivulet.trainer.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;

/**
 * A matrix in plain Java and double precision: what the tests compare the engine with.
 *
 * @param rows rows
 * @param cols columns
 * @param values row-major
 */
public record Matrix(int rows, int cols, double[] values) {

  public static Matrix zeros(int rows, int cols) {
    return new Matrix(rows, cols, new double[rows * cols]);
  }

  /** Returns the matrix that a map must have. */
  public static Matrix in(Map<?, Matrix> matrices, Object key) {
    return Objects.requireNonNull(matrices.get(key), key::toString);
  }

  /** Returns a copy of a tensor of one or two dimensions; a vector becomes a row. */
  public static Matrix of(NDArray array) {
    long[] shape = array.getShape().getShape();
    int cols = (int) shape[shape.length - 1];
    return of(shape.length == 1 ? 1 : (int) shape[0], cols, array.toFloatArray());
  }

  public static Matrix of(int rows, int cols, float[] values) {
    double[] copy = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      copy[i] = values[i];
    }
    return new Matrix(rows, cols, copy);
  }

  /** Returns independent standard normal values that are a function of a name. */
  public static Matrix normal(String name, int rows, int cols) {
    return of(rows, cols, KeyedRandom.of(0, "test-matrix", name, 0).normal(rows * cols));
  }

  /** Returns random orthonormal columns (Gram-Schmidt, twice). */
  public static Matrix orthonormal(String name, int rows, int cols) {
    double[][] columns = new double[cols][];
    for (int j = 0; j < cols; j++) {
      columns[j] = normal(name + j, 1, rows).values();
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < j; i++) {
          double overlap = dot(columns[i], columns[j]);
          for (int k = 0; k < rows; k++) {
            columns[j][k] -= overlap * columns[i][k];
          }
        }
      }
      double length = Math.sqrt(dot(columns[j], columns[j]));
      for (int k = 0; k < rows; k++) {
        columns[j][k] /= length;
      }
    }
    Matrix result = zeros(rows, cols);
    for (int j = 0; j < cols; j++) {
      for (int k = 0; k < rows; k++) {
        result.values[k * cols + j] = columns[j][k];
      }
    }
    return result;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  public double at(int row, int col) {
    return values[row * cols + col];
  }

  public Matrix times(Matrix other) {
    Matrix product = zeros(rows, other.cols);
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < cols; k++) {
        double factor = at(i, k);
        for (int j = 0; j < other.cols; j++) {
          product.values[i * other.cols + j] += factor * other.values[k * other.cols + j];
        }
      }
    }
    return product;
  }

  public Matrix times(double factor) {
    return map(value -> factor * value);
  }

  public Matrix map(DoubleUnaryOperator function) {
    Matrix result = zeros(rows, cols);
    for (int i = 0; i < values.length; i++) {
      result.values[i] = function.applyAsDouble(values[i]);
    }
    return result;
  }

  public Matrix plus(Matrix other) {
    Matrix sum = zeros(rows, cols);
    for (int i = 0; i < values.length; i++) {
      sum.values[i] = values[i] + other.values[i];
    }
    return sum;
  }

  public Matrix minus(Matrix other) {
    return plus(other.times(-1));
  }

  public Matrix transposed() {
    Matrix result = zeros(cols, rows);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        result.values[j * rows + i] = at(i, j);
      }
    }
    return result;
  }

  /** Returns the first columns. */
  public Matrix leading(int count) {
    Matrix result = zeros(rows, count);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(values, i * cols, result.values, i * count, count);
    }
    return result;
  }

  /** Returns the squared Frobenius norm. */
  public double energy() {
    return dot(values, values);
  }

  /** Returns the Frobenius norm of the difference, as a share of the other's norm. */
  public double distance(Matrix other) {
    return Math.sqrt(minus(other).energy() / other.energy());
  }

  public float[] floats() {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  public NDArray on(NDManager manager) {
    return manager.create(floats(), new Shape(rows, cols));
  }
}
