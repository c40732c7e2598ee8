package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The merge with error compensation (LoQT, arXiv 2405.16528; LoftQ, arXiv 2310.08659): what
 * rounding the weight loses goes into the new factor, as far as the new basis reaches.
 *
 * @param scale s
 * @param basisForm how bases are kept
 * @param iterations roundings that are compared; with 0 the new factor starts at 0
 * @param sealRounding how the weight is rounded: all candidates of a merge by the same key
 */
record CompensatedMerge(
    Kernels kernels, float scale, BasisForm basisForm, int iterations, SealRounding sealRounding)
    implements LayerMerge {
  /*
   * W is the weight with its old overlay, q rounds to the form that weights are kept in, and P is the
   * new basis. With Ŵ = W, repeat: Q = q(Ŵ); B = pinv(P)(W − Q)/s; Ŵ = W − s·P·B. The pair of the
   * least ‖W − Q − s·P·B‖ is kept: the sequence does not fall steadily. The error counted is that of
   * the overlay that is opened.
   *
   * Weights change through the fold alone: Q is the fold of [P_old | P]·[B_old; −B] into the old
   * weight, with B of the iteration before, and rounds once. That factor is what is sealed, so that
   * whoever folds it has the same codes. At the first iteration it is the old overlay itself.
   */
  private static final Logger LOG = LoggerFactory.getLogger(CompensatedMerge.class);

  /**
   * What a merge did.
   *
   * @param sealed what went into the weight; none where there was no overlay
   * @param plainError ‖W − q(W)‖, Frobenius norm
   * @param error ‖W − Q − s·P·B‖ of the weight and the overlay as they are now
   */
  record Merged(Optional<LayerFactor> sealed, double plainError, double error) {}

  @Override
  public Optional<LayerFactor> sealAndReopen(LinearLayer layer, NDArray basis, int opened) {
    Merged merged = merge(layer, basis, opened);
    LOG.debug(
        "{}: rounding loses {}, {} after compensation",
        layer.name(),
        merged.plainError(),
        merged.error());
    return merged.sealed();
  }

  /** Does what {@link #sealAndReopen} does. */
  Merged merge(LinearLayer layer, NDArray basis, int opened) {
    Rounding rounding = sealRounding.of(layer.name(), opened);
    LayerFactor old = layer.factor(opened).withRounding(rounding);
    layer.open(kernels, basis, scale);
    if (old.rank() == 0) {
      return new Merged(Optional.empty(), 0, 0);
    }
    float[] sum = layer.floats(); // W, [in, out]
    Fold.add(sum, old.update());
    float[] lost = difference(sum, layer.form().rounded(sum, rounding));
    double plainError = norm(lost);
    double error = plainError;
    LayerFactor sealed = old;
    LayerFactor open = layer.factor(opened + 1);
    LayerFactor candidate = old;
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray dual = basisForm.dual(kernels, scratch, basis);
      for (int i = 1; i <= iterations && plainError > 0; i++) {
        double fitted = fit(layer, lost, basis, dual);
        LayerFactor overlay = layer.factor(opened + 1);
        if (fitted < error) {
          error = fitted;
          sealed = candidate;
          open = overlay;
        }
        LowRank removed = overlay.update().negated();
        candidate = old.withUpdate(old.update().and(removed));
        if (i < iterations) {
          float[] target = sum.clone();
          Fold.add(target, removed);
          lost = difference(sum, layer.form().rounded(target, rounding));
        }
      }
    }
    layer.apply(sealed);
    layer.restore(open);
    return new Merged(Optional.of(sealed), plainError, error);
  }

  /**
   * Makes the open factor of a layer the one that makes up best for what was lost.
   *
   * @param lost W − Q, [in, out], row-major
   * @return the norm of what is lost still
   */
  private double fit(LinearLayer layer, float[] lost, NDArray basis, NDArray dual) {
    try (NDManager scratch = kernels.manager().newSubManager();
        Parameter error = Parameter.of("lost", scratch, lost, layer.in(), layer.out())) {
      NDList fitted =
          kernels.call(
              scratch,
              "compensated",
              layer.fromShortSide(kernels, scratch, error.value()),
              basis,
              dual,
              new double[] {scale});
      layer.trained().replace(layer.orient(kernels, fitted.get(0)));
      return Math.sqrt(fitted.get(1).getDouble());
    }
  }

  private static float[] difference(float[] a, float[] b) {
    float[] difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
