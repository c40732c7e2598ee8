package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Training with the whole gradient (Fira, arXiv 2410.01623): what the basis does not reach goes
 * into the weight too.
 */
final class FiraResidual {
  /*
   * With G the clipped gradient of a layer's weight, Q its basis, g = QᵀG and D what Adam makes of g,
   * the overlay's factor moves by D as ever, and the weight by −lr·s·S, S = φ∘(G − Q·g): column j is
   * scaled by φ_j = ‖D_j‖/(‖g_j‖ + 1e-8), as Adam has scaled its part in the basis. ‖S‖ may grow to
   * 1.01 of the last step's and no further, and is scaled down to that where it would: it jumps when
   * the basis has gone stale.
   *
   * So the weight under the overlay moves at every step, by a matrix of full rank. Sealed factors do
   * not say what it is then; checkpoints have it whole, as AdamW's, and no sealed factors.
   *
   * Whether a step is withheld, and how it is clipped, is known when the last gradient is. Until then
   * nothing may change, and a second backward pass would double the step's time: so the full
   * gradients of all layers are held, 4 bytes a weight, as AdamW holds them. What this saves beside
   * AdamW are the moments. The norm that is clipped is that of the full gradients.
   */
  private static final double GROWTH = 1.01;

  private static final String NORMS = "residual.norms";

  private final Kernels kernels;
  private final double scale;
  private final MethodContext context;
  private final List<LinearLayer> layers;
  private final Descent descent;
  private final Adam adam;
  private final Set<Parameter> wanted;

  /** ‖S‖ of the last step, by layer; 0 before the first. */
  private final float[] norms;

  private FiraResidual(double scale, MethodContext context, Adam adam, Descent descent) {
    kernels = context.kernels();
    this.scale = scale;
    this.context = context;
    this.adam = adam;
    this.descent = descent;
    layers = context.model().layers();
    wanted = new HashSet<>(context.whole());
    layers.forEach(layer -> wanted.add(layer.weight()));
    norms = new float[layers.size()];
  }

  /**
   * Returns the residual's part of a method, where its policy asks for one.
   *
   * @throws UsageException when the weights are not kept in float32
   */
  static Optional<FiraResidual> of(
      SubspaceParts parts, MethodContext context, Adam adam, Descent descent) {
    if (parts.residual() == ResidualPolicy.NONE) {
      return Optional.empty();
    }
    if (context.base() != BaseForm.FP32) {
      throw new UsageException(
          "residual fira moves the weights a little at every step, which a base in %s cannot keep: use engine.base fp32"
              .formatted(context.base()));
    }
    return Optional.of(new FiraResidual(parts.scale(), context, adam, descent));
  }

  /** Takes a step that refreshes nothing. When loss or gradient is not finite, nothing changes. */
  StepResult step(List<TokenBatch> batches, double learningRate, GradientObserver observer) {
    try (GradientBuffer gradients = new GradientBuffer(kernels)) {
      float loss = gradients.take(context.model(), batches, wanted, GradientObserver.NONE);
      double norm = gradients.norm();
      boolean finite = Float.isFinite(loss) && Double.isFinite(norm);
      if (finite) {
        observer.extra().forEach(weight -> observer.observe(weight, gradients.get(weight)));
        layers.forEach(layer -> project(layer, gradients));
        observer.observe(gradients);
        double clipScale = descent.clipScale(norm);
        adam.update(gradients, learningRate, clipScale);
        apply(gradients, learningRate, clipScale);
      }
      return new StepResult(loss, norm, finite, Optional.empty());
    }
  }

  /** Adds the gradient of a layer's factor, s·QᵀG, to those that have G. */
  private void project(LinearLayer layer, GradientBuffer gradients) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray basis = layer.fromShortSide(kernels, scratch, layer.basis().value());
      NDArray full = layer.fromShortSide(kernels, scratch, gradients.get(layer.weight()));
      NDArray projected = kernels.callOne(scratch, "projected", full, basis, new double[] {scale});
      gradients.accept(layer.trained(), layer.orient(kernels, projected));
    }
  }

  /**
   * Moves the weights by what the bases do not reach, after Adam has moved the factors.
   *
   * @param gradients those of weights, not clipped, and of factors, as Adam has clipped them
   */
  void apply(GradientBuffer gradients, double learningRate, double clipScale) {
    double[] corrections = adam.corrections();
    for (int i = 0; i < layers.size(); i++) {
      LinearLayer layer = layers.get(i);
      Adam.Moments moments = adam.moments(layer.trained());
      try (NDManager scratch = kernels.manager().newSubManager()) {
        NDList found =
            kernels.call(
                scratch,
                "residual",
                layer.fromShortSide(kernels, scratch, gradients.get(layer.weight())),
                layer.fromShortSide(kernels, scratch, layer.basis().value()),
                layer.fromShortSide(kernels, scratch, gradients.get(layer.trained())),
                layer.fromShortSide(kernels, scratch, moments.first().value()),
                layer.fromShortSide(kernels, scratch, moments.second().value()),
                new double[] {
                  scale,
                  clipScale,
                  corrections[0],
                  corrections[1],
                  adam.epsilon(),
                  GROWTH * norms[i],
                  -learningRate * scale
                });
        norms[i] = (float) found.get(1).getDouble();
        layer.weight().value().addi(layer.fromShortSide(kernels, scratch, found.get(0)));
      }
    }
  }

  /** Returns the parameters that it moves. */
  List<Parameter> weights() {
    return layers.stream().map(LinearLayer::weight).toList();
  }

  /** Returns what it remembers. */
  HostTensor state() {
    return new HostTensor(NORMS, List.of((long) norms.length), norms.clone());
  }

  /** Takes back what {@link #state} gave. */
  void restore(Map<String, HostTensor> state) {
    float[] saved = Tensors.named(state, NORMS).values();
    System.arraycopy(saved, 0, norms, 0, norms.length);
  }
}
