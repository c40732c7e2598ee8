package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.spectrum.RangeFinder;
import dev.rivulet.trainer.spectrum.Sketch;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One layer on its way through a refresh: first its gradient's sketch and spectrum, then, when its
 * rank is known, the projected gradient, and last the new overlay in place of the old one.
 *
 * <p>What it makes belongs to the manager of the refresh, and goes with it.
 */
final class LayerRefresh {
  private final Kernels kernels;
  private final NDManager manager;
  private final LinearLayer layer;
  private final Sketch sketch;
  private final LayerSpectrum spectrum;

  private LayerRefresh(
      Kernels kernels,
      NDManager manager,
      LinearLayer layer,
      Sketch sketch,
      LayerSpectrum spectrum) {
    this.kernels = kernels;
    this.manager = manager;
    this.layer = layer;
    this.sketch = sketch;
    this.spectrum = spectrum;
  }

  /** Sketches the full gradient of a layer's weight, [in, out]. */
  static LayerRefresh measure(
      Kernels kernels,
      NDManager manager,
      RangeFinder rangeFinder,
      int refresh,
      LinearLayer layer,
      NDArray gradient) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray oriented = fromShortSide(kernels, scratch, layer, gradient);
      Sketch sketch = rangeFinder.sketch(kernels, manager, oriented, layer.name(), refresh);
      OptionalDouble overlap = OptionalDouble.empty();
      OptionalDouble residual = OptionalDouble.empty();
      int rank = layer.rank();
      if (rank > 0) {
        NDArray old = fromShortSide(kernels, scratch, layer, layer.basis().value());
        NDArray leading = leading(kernels, scratch, sketch, rank);
        overlap = OptionalDouble.of(sharedEnergy(kernels, scratch, leading, old) / rank);
        residual =
            OptionalDouble.of(1 - sharedEnergy(kernels, scratch, old, oriented) / sketch.energy());
      }
      LayerSpectrum spectrum =
          new LayerSpectrum(
              layer.name(),
              layer.kind(),
              layer.in(),
              layer.out(),
              sketch.singularValues(),
              sketch.energy(),
              rank,
              overlap,
              residual,
              bytesPerRank(layer));
      return new LayerRefresh(kernels, manager, layer, sketch, spectrum);
    }
  }

  LinearLayer layer() {
    return layer;
  }

  LayerSpectrum spectrum() {
    return spectrum;
  }

  boolean isFinite() {
    return sketch.isFinite();
  }

  /** Returns the gradient of the new overlay's factor: s·QᵀG, [rank, long]. */
  NDArray projected(int rank, double scale) {
    try (NDArray leading = sketch.projected().get("0:" + rank)) {
      NDArray projected = leading.mul(scale);
      projected.attach(manager);
      return projected;
    }
  }

  /**
   * Puts the new overlay in place of the old one, and carries the moments over.
   *
   * @param projected the gradient of the new overlay's factor, clipped: its rows set the rank, and
   *     fill the moments of directions that the old basis did not cover
   * @param opened the refresh that opened the old overlay
   * @param scale s
   * @return the old overlay, sealed into the weight; none at the first refresh
   */
  Optional<LayerFactor> open(Adam adam, NDArray projected, int opened, double scale) {
    int rank = Math.toIntExact(projected.getShape().get(0));
    NDArray basis = leading(kernels, manager, sketch, rank);
    Adam.Moments moments = adam.moments(layer.trained());
    if (layer.rank() == 0) {
      layer.open(kernels, basis);
      moments.clear(layer.trained());
      return Optional.empty();
    }
    NDList carried =
        kernels.call(
            manager,
            "transport",
            fromShortSide(layer.basis().value()),
            basis,
            fromShortSide(moments.first().value()),
            fromShortSide(moments.second().value()),
            projected,
            adam.corrections());
    LayerFactor sealed = layer.seal(opened, (float) scale);
    layer.open(kernels, basis);
    moments.first().replace(layer.orient(kernels, carried.get(0)));
    moments.second().replace(layer.orient(kernels, carried.get(1)));
    return Optional.of(sealed);
  }

  private NDArray fromShortSide(NDArray matrix) {
    return fromShortSide(kernels, manager, layer, matrix);
  }

  /**
   * Returns a matrix as the short side sees it, to be read only: a copy only where it is turned.
   */
  private static NDArray fromShortSide(
      Kernels kernels, NDManager owner, LinearLayer layer, NDArray matrix) {
    if (layer.basisOnLeft()) {
      return matrix;
    }
    NDArray turned = layer.orient(kernels, matrix);
    turned.attach(owner);
    return turned;
  }

  private static NDArray leading(Kernels kernels, NDManager owner, Sketch sketch, int rank) {
    return kernels.callOne(owner, "leading", sketch.basis(), new double[] {rank});
  }

  private static double sharedEnergy(Kernels kernels, NDManager owner, NDArray a, NDArray b) {
    return kernels.callOne(owner, "shared_energy", a, b).getDouble();
  }

  /** Basis on the short side; factor and two moments on the long side; float32. */
  private static long bytesPerRank(LinearLayer layer) {
    return 4L * (Math.min(layer.in(), layer.out()) + 3L * Math.max(layer.in(), layer.out()));
  }
}
