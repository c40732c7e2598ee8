package dev.rivulet.trainer.model;

import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Matrix;
import java.util.List;

/** Overlays for tests: normal factors, a function of the layer's name. */
final class Overlays {
  private Overlays() {}

  /** Gives every layer of a model an overlay. */
  static void open(Transformer model, float scale, int rank) {
    for (LinearLayer layer : model.layers()) {
      layer.restore(
          new LayerFactor(
              layer.name(),
              0,
              scale,
              random(layer.name() + ".L", layer.in(), rank),
              random(layer.name() + ".R", rank, layer.out())));
    }
  }

  private static HostTensor random(String name, int rows, int cols) {
    return new HostTensor(
        name,
        List.of((long) rows, (long) cols),
        Matrix.normal(name, rows, cols).times(0.1).floats());
  }
}
