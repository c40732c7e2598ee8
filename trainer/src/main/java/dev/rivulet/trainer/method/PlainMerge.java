package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.Optional;

/**
 * The plain merge: the old overlay goes into the weight, and the new factor starts at 0.
 *
 * @param scale s
 * @param rounding of the weight
 */
record PlainMerge(Kernels kernels, float scale, SealRounding rounding) implements LayerMerge {

  @Override
  public Optional<LayerFactor> sealAndReopen(LinearLayer layer, NDArray basis, int opened) {
    Optional<LayerFactor> sealed =
        layer.rank() > 0
            ? Optional.of(layer.seal(opened, rounding.of(layer.name(), opened)))
            : Optional.empty();
    layer.open(kernels, basis, scale);
    return sealed;
  }
}
