package dev.rivulet.trainer.method;

import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * AdaRankGrad as methods.md section 1 writes it, without overlay: every step takes the full
 * gradient, projects it, and moves the weight by lr·s·Q·D. In double precision but for the
 * gradients. The bases are given.
 */
final class ReferenceAdaRankGrad {
  /** First and second moment. */
  private record Pair(Matrix first, Matrix second) {}

  private final Transformer model;
  private final AdaRankGradConfig config;
  private final double clipNorm;
  private final Map<String, Matrix> values = new HashMap<>();
  private final Map<String, Pair> moments = new HashMap<>();
  private Map<String, Matrix> bases = Map.of();
  private final Map<String, Double> residualNorms = new HashMap<>();
  private long updates;
  private int limited;

  ReferenceAdaRankGrad(Transformer model, AdaRankGradConfig config, double clipNorm) {
    this.model = model;
    this.config = config;
    this.clipNorm = clipNorm;
  }

  /**
   * Takes a step.
   *
   * @param newBases the bases [short, rank] to change to in this step, by layer
   * @return the full gradients of the layers' weights, seen from the short side
   */
  Map<String, Matrix> step(TokenBatch batch, double rate, Map<String, Matrix> newBases) {
    Map<Parameter, Matrix> gradients = gradients(batch);
    Map<String, Matrix> full = new HashMap<>();
    Map<String, Matrix> projected = new HashMap<>();
    for (LinearLayer layer : model.layers()) {
      Matrix gradient = turned(layer, Matrix.in(gradients, layer.weight()));
      Matrix basis = Matrix.in(newBases.isEmpty() ? bases : newBases, layer.name());
      full.put(layer.name(), gradient);
      projected.put(layer.name(), basis.transposed().times(gradient).times(config.scale()));
    }
    boolean fira = config.residual() == ResidualPolicy.FIRA;
    double energy =
        model.small().stream().mapToDouble(p -> Matrix.in(gradients, p).energy()).sum()
            + (fira ? full : projected).values().stream().mapToDouble(Matrix::energy).sum();
    double clip = Math.min(1, clipNorm / Math.sqrt(energy));
    newBases.forEach(
        (name, basis) -> transport(name, basis, Matrix.in(projected, name).times(clip)));
    bases = newBases.isEmpty() ? bases : newBases;
    updates++;
    for (Parameter parameter : model.small()) {
      Matrix gradient = Matrix.in(gradients, parameter).times(clip);
      move(parameter, adam(parameter.name(), gradient).times(-rate));
    }
    for (LinearLayer layer : model.layers()) {
      Matrix direction = adam(layer.name(), Matrix.in(projected, layer.name()).times(clip));
      Matrix step = Matrix.in(bases, layer.name()).times(direction);
      if (fira) {
        Matrix gradient = Matrix.in(full, layer.name()).times(clip);
        step = step.plus(residual(layer.name(), gradient, direction));
      }
      Matrix change = step.times(-rate * config.scale());
      move(layer.weight(), turned(layer, change));
    }
    return full;
  }

  /** Returns what Fira adds to Q·D: the rest of the gradient, scaled column by column. */
  private Matrix residual(String layer, Matrix gradient, Matrix direction) {
    Matrix basis = Matrix.in(bases, layer);
    Matrix low = basis.transposed().times(gradient);
    Matrix rest = gradient.minus(basis.times(low));
    for (int j = 0; j < rest.cols(); j++) {
      double phi = columnNorm(direction, j) / (columnNorm(low, j) + 1e-8);
      for (int i = 0; i < rest.rows(); i++) {
        rest.values()[i * rest.cols() + j] *= phi;
      }
    }
    double norm = Math.sqrt(rest.energy());
    Double before = residualNorms.get(layer);
    double growth = before == null ? 1 : Math.max(norm / before, 1.01) / 1.01;
    limited += growth > 1 ? 1 : 0;
    residualNorms.put(layer, norm / growth);
    return rest.times(1 / growth);
  }

  private static double columnNorm(Matrix matrix, int column) {
    double sum = 0;
    for (int row = 0; row < matrix.rows(); row++) {
      sum += matrix.at(row, column) * matrix.at(row, column);
    }
    return Math.sqrt(sum);
  }

  /** Returns how often a layer's residual had grown too much, so that it was scaled down. */
  int limited() {
    return limited;
  }

  /** Returns the value of a parameter, in double precision. */
  Matrix value(Parameter parameter) {
    return values.computeIfAbsent(parameter.name(), name -> Matrix.of(parameter.value()));
  }

  private Map<Parameter, Matrix> gradients(TokenBatch batch) {
    Set<Parameter> wanted = new HashSet<>(model.small());
    model.layers().forEach(layer -> wanted.add(layer.weight()));
    Map<Parameter, Matrix> gradients = new HashMap<>();
    model.gradients(
        batch, wanted, (parameter, gradient) -> gradients.put(parameter, Matrix.of(gradient)));
    return gradients;
  }

  private static Matrix turned(LinearLayer layer, Matrix matrix) {
    return layer.basisOnLeft() ? matrix : matrix.transposed();
  }

  private void transport(String layer, Matrix basis, Matrix gradient) {
    Pair old = moments.get(layer);
    if (old == null || config.moments() == MomentPolicy.KEEP) {
      return;
    }
    double c1 = correction(config.adam().beta1());
    double c2 = correction(config.adam().beta2());
    // Moments that are reset start from the gradient, as if no direction had been covered.
    double kept = config.moments() == MomentPolicy.RESET ? 0 : 1;
    Matrix turn = basis.transposed().times(Matrix.in(bases, layer)).times(kept);
    Matrix squared = turn.map(x -> x * x);
    Matrix mean = old.first().times(1 / c1);
    Matrix turnedMean = turn.times(mean);
    Matrix variance = old.second().times(1 / c2).minus(mean.map(x -> x * x));
    Matrix second = squared.times(variance).plus(turnedMean.map(x -> x * x)).map(Math::abs);
    for (int i = 0; i < gradient.rows(); i++) {
      double covered = 0;
      for (int j = 0; j < squared.cols(); j++) {
        covered += squared.at(i, j);
      }
      for (int j = 0; j < gradient.cols(); j++) {
        double g = gradient.at(i, j);
        turnedMean.values()[i * gradient.cols() + j] += (1 - covered) * g;
        second.values()[i * gradient.cols() + j] += (1 - covered) * g * g;
      }
    }
    moments.put(layer, new Pair(turnedMean.times(c1), second.times(c2)));
  }

  /** Returns the direction D of Adam. */
  private Matrix adam(String name, Matrix gradient) {
    AdamWConfig adam = config.adam();
    Matrix zeros = Matrix.zeros(gradient.rows(), gradient.cols());
    Pair old = moments.getOrDefault(name, new Pair(zeros, zeros));
    Matrix first = old.first().times(adam.beta1()).plus(gradient.times(1 - adam.beta1()));
    Matrix second =
        old.second().times(adam.beta2()).plus(gradient.map(g -> g * g).times(1 - adam.beta2()));
    moments.put(name, new Pair(first, second));
    double c1 = correction(adam.beta1());
    double c2 = correction(adam.beta2());
    Matrix direction = Matrix.zeros(gradient.rows(), gradient.cols());
    for (int i = 0; i < direction.values().length; i++) {
      direction.values()[i] =
          first.values()[i] / c1 / (Math.sqrt(second.values()[i] / c2) + adam.epsilon());
    }
    return direction;
  }

  private double correction(double beta) {
    return 1 - Math.pow(beta, (double) updates);
  }

  private void move(Parameter parameter, Matrix change) {
    Matrix value = value(parameter).plus(change);
    values.put(parameter.name(), value);
    parameter.replace(value.floats(), parameter.value().getShape().getShape());
  }
}
