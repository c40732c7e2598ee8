package dev.rivulet.trainer.model;

import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Matrix;

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
              new LowRank(
                  layer.in(),
                  layer.out(),
                  rank,
                  ofLayer,
                  random(layer.name() + ".L", layer.in(), rank),
                  random(layer.name() + ".R", rank, layer.out()))));
      ofLayer *= 1.05f;
    }
  }

  private static float[] random(String name, int rows, int cols) {
    return Matrix.normal(name, rows, cols).times(0.1).floats();
  }
}
