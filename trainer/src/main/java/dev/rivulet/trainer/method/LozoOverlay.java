package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.lozo.LozoDraw;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.lozo.LozoWeights;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What LOZO moves of a model: the overlays of its layers, and the tensors that it moves whole.
 *
 * <p>All arithmetic is that of {@link LozoWeights}, on the host; what is on the device is a copy.
 * So the scalars of a run's steps are enough to bring a base model to any of its checkpoints, for
 * training or for use:
 *
 * <pre>{@code
 * LozoOverlay overlay = new LozoOverlay(LozoSettings.of(manifest), context);
 * steps.forEach(overlay::replay);
 * overlay.show();
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class LozoOverlay {
  private final Map<String, LinearLayer> layers = new LinkedHashMap<>();
  private final List<Parameter> whole;
  private final LozoWeights weights;

  /**
   * Starts at the base, with an overlay V·0 in every layer.
   *
   * @param context its model as loaded; seed and rounding are those of the settings
   */
  public LozoOverlay(LozoSettings settings, MethodContext context) {
    Transformer model = context.model();
    whole = context.whole();
    model.layers().forEach(layer -> layers.put(layer.name(), layer));
    weights =
        new LozoWeights(
            settings,
            layers.values().stream()
                .map(layer -> new LozoWeights.Layer(layer.name(), layer.in(), layer.out()))
                .toList(),
            whole.stream()
                .collect(Collectors.toMap(Parameter::name, p -> p.value().toFloatArray())));
    open();
  }

  /** Returns the layers by name. */
  Map<String, LinearLayer> layers() {
    return layers;
  }

  /** Returns the tensors that are moved whole. */
  List<Parameter> whole() {
    return whole;
  }

  /** Returns what the weights are, on the host. */
  LozoWeights weights() {
    return weights;
  }

  /** Takes an update, on the host and on the device. */
  void advance(LozoDraw draw, float[] coefficients, double learningRate) {
    List<LayerFactor> closed = weights.advance(draw, coefficients, learningRate);
    seal(closed);
    if (closed.isEmpty()) {
      layers.forEach(
          (name, layer) -> layer.right().replace(weights.right(name), layer.rank(), layer.out()));
    } else {
      open();
    }
    showWhole();
  }

  /**
   * Takes a step again: on the device, only what is sealed by it is done. Of overlays and whole
   * tensors {@link #show} tells the device.
   *
   * @throws IllegalArgumentException when it was taken with another number of directions
   */
  public void replay(TakenStep step) {
    seal(weights.advance(step));
  }

  /** Puts overlays and whole tensors on the device. */
  public void show() {
    open();
    showWhole();
  }

  private void seal(List<LayerFactor> factors) {
    factors.forEach(factor -> layer(factor.layer()).apply(factor));
  }

  private void open() {
    layers.forEach((name, layer) -> layer.restore(weights.open(name)));
  }

  private void showWhole() {
    for (Parameter parameter : whole) {
      parameter.replace(weights.dense(parameter.name()), parameter.value().getShape().getShape());
    }
  }

  private LinearLayer layer(String name) {
    return Optional.ofNullable(layers.get(name)).orElseThrow();
  }
}
