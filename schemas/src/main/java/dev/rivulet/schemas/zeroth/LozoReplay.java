package dev.rivulet.schemas.zeroth;

import static java.util.Objects.requireNonNull;

import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A LOZO run taken again from its base and its {@code steps} records alone: bit for bit the weights
 * that were trained, without a batch, a model or an engine.
 *
 * <pre>{@code
 * LozoReplay replay = new LozoReplay(settings, bases, dense);
 * LozoReplay.newestLine(records).forEach(replay::apply);
 * BaseWeight sealed = replay.base(layer);          // W, the overlays of past V folded in
 * LozoFactor open = replay.weights().open(layer);  // beside it: x·W + (x·L)·R
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class LozoReplay {
  private final Map<String, BaseWeight> bases;
  private final LozoWeights weights;
  private long step;

  /**
   * Starts at the base.
   *
   * @param bases the weights of the layers, by layer, in the form that the run kept them in; they
   *     are changed in place
   * @param dense the tensors that the run moved whole, by name; copied
   */
  public LozoReplay(
      LozoSettings settings, Map<String, BaseWeight> bases, Map<String, float[]> dense) {
    this.bases = bases;
    weights =
        new LozoWeights(
            settings,
            bases.entrySet().stream()
                .map(
                    entry ->
                        new LozoWeights.Layer(
                            entry.getKey(), entry.getValue().in(), entry.getValue().out()))
                .toList(),
            dense);
  }

  /**
   * Returns the steps of a run's newest line of history, in order: a step of an older epoch counts
   * up to the first step of the next newer one.
   *
   * @param steps of one run, of any epochs, in any order
   */
  public static List<Step> newestLine(Collection<Step> steps) {
    List<Step> newestFirst = new ArrayList<>(steps);
    newestFirst.sort(
        Comparator.comparingInt(Step::getEpoch).thenComparingLong(Step::getStep).reversed());
    List<Step> line = new ArrayList<>();
    long superseded = Long.MAX_VALUE;
    for (Step at : newestFirst) {
      if (at.getStep() < superseded) {
        line.add(at);
        superseded = at.getStep();
      }
    }
    Collections.reverse(line);
    return line;
  }

  /**
   * Takes the next step; one that was withheld changes nothing.
   *
   * @throws IllegalArgumentException when it is not the next one, or not a zeroth-order step with
   *     these settings
   */
  public void apply(Step record) {
    if (record.getStep() != step + 1) {
      throw new IllegalArgumentException(
          "run %s: step %d follows step %d; the replay needs every step from the first on, so keep the steps topic for the life of the run"
              .formatted(record.getRun(), record.getStep(), step));
    }
    if (record.getApplied()) {
      if (record.getZerothOrder() == null) {
        throw new IllegalArgumentException(
            "run %s, step %d: a step of method %s has no scalars to be taken again from"
                .formatted(record.getRun(), record.getStep(), record.getMethod()));
      }
      StepScalars scalars = StepScalars.of(record.getZerothOrder());
      LozoDraw draw = weights.draw(scalars.key());
      weights
          .advance(draw, scalars.coefficients(), record.getLearningRate())
          .forEach(
              factor ->
                  base(factor.layer())
                      .add(factor.left(), factor.right(), factor.rank(), 1f, factor.rounding()));
    }
    step = record.getStep();
  }

  /** Returns the steps taken, those withheld among them. */
  public long step() {
    return step;
  }

  /** Returns the weight of a layer, without its open overlay. */
  public BaseWeight base(String layer) {
    return requireNonNull(bases.get(layer), layer);
  }

  /** Returns the weights by layer, without their open overlays. */
  public Map<String, BaseWeight> bases() {
    return bases;
  }

  /** Returns open overlays, tensors moved whole, and momentum. */
  public LozoWeights weights() {
    return weights;
  }
}
