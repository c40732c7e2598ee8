package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.factor.LinearLayer;

/**
 * What a layer's next overlay starts from.
 *
 * @param layer the layer
 * @param basis in the form that it will be kept in, [short, rank]
 * @param gradient s·basisᵀG, the gradient of the next factor at 0, [rank, long]
 */
record NextOverlay(LinearLayer layer, NDArray basis, NDArray gradient) {}
