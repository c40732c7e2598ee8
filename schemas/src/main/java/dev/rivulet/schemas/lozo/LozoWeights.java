package dev.rivulet.schemas.lozo;

import static java.util.Objects.requireNonNull;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.Rounding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a model under LOZO and LOZO-M (arXiv 2410.07698), as far as they move: the open
 * overlay V·R of each layer, the tensors that are moved whole, and the momentum.
 *
 * <p>The trainer advances by this class, and so does {@link LozoReplay}: the same steps give the
 * same bits, for any number of threads and on any machine. Not thread-safe.
 */
public final class LozoWeights {
  /*
   * An update is made of Σ c·U·Vᵀ/r for the weight of a layer and of Σ c·z for a vector, with c the
   * measured slope of the loss along the direction (U·Vᵀ in all layers, z in all vectors at once).
   * V stays for ν updates, so that all of them add up in one factor R of rank r beside it. After the
   * last of them the overlay is handed out, to be folded into the weight, and the next V is drawn.
   *
   * Redraws count updates, not steps: a step that is withheld moves nothing, not even that count.
   */
  private final LozoSettings settings;
  private final LozoStreams streams;
  private final Map<String, LozoLayer> layers = new LinkedHashMap<>();
  private final Map<String, float[]> dense = new LinkedHashMap<>();
  private long updates;

  /** A linear layer: its name and the widths of its weight, [in, out]. */
  public record Layer(String name, int in, int out) {}

  /**
   * Starts at the base.
   *
   * @param layers the layers whose weights are moved by overlays
   * @param dense the tensors that are moved whole, by name; copied
   */
  public LozoWeights(LozoSettings settings, Collection<Layer> layers, Map<String, float[]> dense) {
    this.settings = settings;
    streams = new LozoStreams(settings);
    layers.forEach(layer -> this.layers.put(layer.name(), new LozoLayer(layer, settings)));
    dense.forEach((name, values) -> this.dense.put(name, values.clone()));
  }

  /** Returns the key of a step's directions, from the run's seed and the step's number. */
  public long key(long step) {
    return streams.key(step);
  }

  /** Returns the directions that a key stands for. */
  public LozoDraw draw(long key) {
    return streams.draw(key, layers.values(), dense);
  }

  /**
   * Takes an update.
   *
   * @param draw the directions of the step
   * @param coefficients factor c of each direction
   * @param learningRate in float64: each product with it is rounded to float32 once
   * @return the overlays to be folded into the weights now, one per layer; empty until V has served
   *     for as many updates as it is to
   * @throws RunException when there are not as many coefficients as directions
   */
  public List<LayerFactor> advance(LozoDraw draw, float[] coefficients, double learningRate) {
    if (coefficients.length != settings.directions()) {
      throw new RunException(
          "%d coefficients for %d directions: the step was taken with another number of queries"
              .formatted(coefficients.length, settings.directions()));
    }
    boolean first = updates == 0;
    layers.values().parallelStream()
        .forEach(
            layer -> layer.advance(draw.factors(layer.name()), coefficients, learningRate, first));
    dense.entrySet().parallelStream()
        .forEach(
            entry -> {
              float[][] directions = draw.dense(entry.getKey());
              for (int k = 0; k < directions.length; k++) {
                LozoLayer.add(
                    (float) (-learningRate * coefficients[k]), directions[k], entry.getValue());
              }
            });
    updates++;
    return updates % settings.redrawEvery() == 0 ? close() : List.of();
  }

  /**
   * Takes a step again; one that was withheld changes nothing.
   *
   * @return the overlays to be folded into the weights now, as {@link #advance(LozoDraw, float[],
   *     double)} returns them
   * @throws RunException when it was taken with another number of directions
   */
  public List<LayerFactor> advance(TakenStep taken) {
    return taken.applied()
        ? advance(draw(taken.scalars().key()), taken.scalars().coefficients(), taken.learningRate())
        : List.of();
  }

  private List<LayerFactor> close() {
    int closed = redraw() - 1;
    List<LayerFactor> factors = new ArrayList<>();
    for (LozoLayer layer : layers.values()) {
      float[] basis = streams.basis(layer, closed);
      factors.add(layer.close(basis, closed, rounding(layer.name(), closed)));
      if (settings.hasMomentum()) {
        layer.transport(basis, streams.basis(layer, closed + 1));
      }
    }
    return factors;
  }

  /** Returns the updates taken. */
  public long updates() {
    return updates;
  }

  /** Returns the number of the V in force, from 0. */
  public int redraw() {
    return Math.toIntExact(updates / settings.redrawEvery());
  }

  /** Returns the open overlay of a layer: L = V in force, and a copy of R. */
  public LayerFactor open(String layer) {
    LozoLayer of = layer(layer);
    return new LayerFactor(
        layer, redraw(), of.update(streams.basis(of, redraw())), rounding(layer, redraw()));
  }

  private Rounding rounding(String layer, int redraw) {
    return settings.rounding().of(settings.seed(), layer, redraw);
  }

  /** Returns R of a layer's open overlay, [rank, out]; not copied. */
  public float[] right(String layer) {
    return layer(layer).right();
  }

  /** Returns the momentum of a layer, [rank, out]; empty for LOZO. Not copied. */
  public float[] momentum(String layer) {
    return layer(layer).mean();
  }

  /** Returns a tensor that is moved whole; not copied. */
  public float[] dense(String tensor) {
    return requireNonNull(dense.get(tensor), tensor);
  }

  private LozoLayer layer(String name) {
    return requireNonNull(layers.get(name), name);
  }
}
