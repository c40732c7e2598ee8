package dev.rivulet.trainer.model;

import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Matrix;
import java.util.List;

/** Overlays for tests: normal factors, a function of the layer's name. */
final class Overlays {
  private Overlays() {}

  /**
   * Gives every layer of a model an overlay; each layer's scale is larger than the one's before.
   */
  static void open(Transformer model, float scale, int rank) {
    float ofLayer = scale;
    for (LinearLayer layer : model.layers()) {
      layer.restore(
          new LayerFactor(
              layer.name(),
              0,
              ofLayer,
              random(layer.name() + ".L", layer.in(), rank),
              random(layer.name() + ".R", rank, layer.out())));
      ofLayer *= 1.05f;
    }
  }

  private static HostTensor random(String name, int rows, int cols) {
    return new HostTensor(
        name,
        List.of((long) rows, (long) cols),
        Matrix.normal(name, rows, cols).times(0.1).floats());
  }
}
