package dev.rivulet.schemas.lozo;

import static java.util.Objects.requireNonNull;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A LOZO run taken again from its base and the scalars of its steps alone: bit for bit the weights
 * that were trained, without a batch, a model or an engine.
 *
 * <p>The scalars are those that the checkpoints of a lineage carry, or those of the {@code steps}
 * records as long as they are kept.
 *
 * <pre>{@code
 * LozoReplay replay = new LozoReplay(LozoSettings.of(manifest), bases, dense);
 * for (Manifest ancestor : log.lineage(manifest)) {
 *   if (ancestor.getScalars() != null) {
 *     PackedSteps.unpack(reader.bytes(ancestor.getScalars())).forEach(replay::apply);
 *   }
 * }
 * BaseWeight sealed = replay.base(layer);          // W, the overlays of past V folded in
 * LayerFactor open = replay.weights().open(layer);  // not yet in W: x·W + (x·L)·R
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
   * Takes the next step again; one that was withheld changes nothing.
   *
   * @throws RunException when it is not the next one, or not a step with these settings
   */
  public void apply(TakenStep taken) {
    if (taken.step() != step + 1) {
      throw new RunException(
          "step %d follows step %d: a replay needs every step from the first on"
              .formatted(taken.step(), step));
    }
    weights
        .advance(taken)
        .forEach(factor -> base(factor.layer()).add(factor.update(), factor.rounding()));
    step = taken.step();
  }

  /**
   * Takes the step of a record again.
   *
   * @throws RunException as {@link #apply(TakenStep)} does, and when it is not a zeroth-order step
   */
  public void apply(Step record) {
    apply(TakenStep.of(record));
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
