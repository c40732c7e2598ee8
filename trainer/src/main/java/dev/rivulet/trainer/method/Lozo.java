package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.lozo.LozoDraw;
import dev.rivulet.schemas.lozo.LozoProbe;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.lozo.LozoWeights;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.StepScalars;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.trainer.model.Parts;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** LOZO and LOZO-M (arXiv 2410.07698) in overlay form. */
final class Lozo implements Method {
  /*
   * A step measures the loss at W ± ε·D along a random direction D, and moves against D by the slope
   * that it finds. In a layer D is U·Vᵀ: V stays for some updates and is the overlay's L, U is new in
   * every step. Biases, norms, head (and the embedding where it is trained) have a dense D.
   *
   * A probe touches no weight. All its evaluations go through the model in one batch, over the same
   * W and L; what sets them apart are R and the small tensors, of which each evaluation has its own.
   * No activation is kept.
   *
   * What moves the weights is LozoOverlay, for which key and scalars of a step are enough. So they
   * are all that a checkpoint carries. An overlay is sealed at the end of V's last update, so that
   * nothing is sealed for a step that may yet be withheld.
   */
  private static final String UPDATES = "lozo.updates";

  private final Transformer model;
  private final LozoProbe probe;
  private final LozoOverlay overlay;
  private final LozoWeights weights;
  private final int directions;
  private final List<TakenStep> taken = new ArrayList<>();

  Lozo(LozoConfig config, MethodContext context) {
    model = context.model();
    probe = config.probe();
    LozoSettings settings = config.settings(context.seed(), context.rounding());
    overlay = new LozoOverlay(settings, context);
    weights = overlay.weights();
    directions = settings.directions();
  }

  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    LozoDraw draw = weights.draw(weights.key(step));
    LozoProbe.Estimate estimate = probe.estimate(losses(batches, draw));
    StepScalars scalars = new StepScalars(draw.key(), estimate.coefficients());
    taken.add(new TakenStep(step, learningRate, estimate.isFinite(), scalars));
    if (!estimate.isFinite()) {
      return new StepResult(estimate.loss(), Double.NaN, false, Optional.empty());
    }
    overlay.advance(draw, estimate.coefficients(), learningRate);
    return new StepResult(
        estimate.loss(), estimate.slope(), true, Optional.empty(), Optional.of(scalars.toRecord()));
  }

  /** Returns the mean loss over all targets of the batches, for each evaluation of the probe. */
  private double[] losses(List<TokenBatch> batches, LozoDraw draw) {
    try (NDManager scratch = model.kernels().manager().newSubManager()) {
      Map<Parameter, NDArray> own = new HashMap<>();
      overlay
          .layers()
          .forEach(
              (name, layer) ->
                  spread(scratch, layer.right(), weights.right(name), draw.factors(name), own));
      overlay
          .whole()
          .forEach(
              parameter ->
                  spread(
                      scratch,
                      parameter,
                      weights.dense(parameter.name()),
                      draw.dense(parameter.name()),
                      own));
      Parts parts = new Parts(probe.parts(), own);
      double total = batches.stream().mapToLong(TokenBatch::count).sum();
      double[] losses = new double[probe.parts()];
      for (TokenBatch batch : batches) {
        double[] ofBatch = model.losses(batch, parts);
        for (int part = 0; part < losses.length; part++) {
          losses[part] += batch.count() / total * ofBatch[part];
        }
      }
      return losses;
    }
  }

  /** Puts a parameter's values at every evaluation on the device. */
  private void spread(
      NDManager scratch,
      Parameter parameter,
      float[] values,
      float[][] directions,
      Map<Parameter, NDArray> own) {
    long[] shape = parameter.value().getShape().getShape();
    long[] inParts = new long[shape.length + 1];
    inParts[0] = probe.parts();
    System.arraycopy(shape, 0, inParts, 1, shape.length);
    float[] spread = probe.spread(values, directions);
    own.put(parameter, Parameter.of(parameter.name(), scratch, spread, inParts).value());
  }

  @Override
  public Snapshot snapshot() {
    byte[] scalars = PackedSteps.pack(taken, directions);
    taken.clear();
    return new Snapshot(
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Map.of(UPDATES, weights.updates()),
        Optional.of(scalars));
  }

  @Override
  public void replay(List<TakenStep> steps) {
    steps.forEach(overlay::replay);
  }

  @Override
  public void restore(Snapshot snapshot) {
    long updates = snapshot.counter(UPDATES);
    if (weights.updates() != updates) {
      throw new RunException(
          "the checkpoint is of %d updates, and its scalars are those of %d"
              .formatted(updates, weights.updates()));
    }
    overlay.show();
    taken.clear();
  }

  @Override
  public long optimizerBytes() {
    return overlay.layers().values().stream()
        .mapToLong(
            layer ->
                layer.left().bytes()
                    + layer.right().bytes()
                    + (long) Float.BYTES * weights.momentum(layer.name()).length)
        .sum();
  }

  @Override
  public void close() {
    // What is on the device belongs to the model.
  }
}
