package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.spectrum.Sketch;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One layer on its way through a refresh: first its gradient's sketch and spectrum, then, when its
 * rank is known, what its next overlay starts from.
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
      SubspaceParts parts,
      int refresh,
      LinearLayer layer,
      NDArray gradient) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray oriented = layer.fromShortSide(kernels, scratch, gradient);
      int rank = layer.rank();
      NDArray basis = layer.fromShortSide(kernels, scratch, layer.basis().value());
      Sketch sketch =
          parts
              .rangeFinder()
              .sketch(
                  kernels,
                  manager,
                  oriented,
                  rank > 0 ? Optional.of(basis) : Optional.empty(),
                  layer.name(),
                  refresh);
      OptionalDouble overlap = OptionalDouble.empty();
      OptionalDouble residual = OptionalDouble.empty();
      if (rank > 0) {
        NDArray old = parts.basisForm().orthonormal(kernels, scratch, basis);
        NDArray leading = kernels.callOne(scratch, "leading", sketch.basis(), new double[] {rank});
        overlap = OptionalDouble.of(sharedEnergy(kernels, scratch, leading, old) / rank);
        residual =
            OptionalDouble.of(
                LayerSpectrum.residualShare(
                    sharedEnergy(kernels, scratch, old, oriented), sketch.energy()));
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

  LayerSpectrum spectrum() {
    return spectrum;
  }

  boolean isFinite() {
    return sketch.isFinite();
  }

  /** Returns what the next overlay starts from. */
  NextOverlay next(RankSource.Decided decided, SubspaceParts parts) {
    BasisForm form = parts.basisForm();
    NDArray basis = form.leading(kernels, manager, sketch, decided.rank(layer.name()));
    try (NDArray projected = form.projected(kernels, manager, sketch, basis)) {
      NDArray gradient = projected.mul(parts.scale());
      gradient.attach(manager);
      return new NextOverlay(layer, basis, gradient);
    }
  }

  private static double sharedEnergy(Kernels kernels, NDManager owner, NDArray a, NDArray b) {
    return kernels.callOne(owner, "shared_energy", a, b).getDouble();
  }

  /** Basis on the short side; factor and two moments on the long side; float32. */
  private static long bytesPerRank(LinearLayer layer) {
    return 4L * (Math.min(layer.in(), layer.out()) + 3L * Math.max(layer.in(), layer.out()));
  }
}
