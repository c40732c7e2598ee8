package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.zeroth.LozoDraw;
import dev.rivulet.schemas.zeroth.LozoFactor;
import dev.rivulet.schemas.zeroth.LozoProbe;
import dev.rivulet.schemas.zeroth.LozoWeights;
import dev.rivulet.schemas.zeroth.StepScalars;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.Parts;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

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
   * All arithmetic that moves the weights is that of LozoWeights, on the host: the overlay on the
   * device is a copy. So the log's scalars are enough to make the weights again (LozoReplay). The
   * overlay is sealed at the end of V's last update, so that nothing is sealed for a step that may
   * yet be withheld.
   */
  private static final String UPDATES = "lozo.updates";
  private static final float SCALE = 1;

  private final Transformer model;
  private final LozoProbe probe;
  private final Map<String, LinearLayer> layers = new LinkedHashMap<>();
  private final List<Parameter> whole;
  private final LozoWeights weights;
  private final List<LayerFactor> sealed = new ArrayList<>();

  Lozo(LozoConfig config, Subject subject) {
    model = subject.model();
    model.setOverlayScale(SCALE);
    probe = config.probe();
    whole = subject.whole();
    model.layers().forEach(layer -> layers.put(layer.name(), layer));
    weights =
        new LozoWeights(
            config.settings(subject.seed(), subject.rounding()),
            layers.values().stream()
                .map(layer -> new LozoWeights.Layer(layer.name(), layer.in(), layer.out()))
                .toList(),
            whole.stream().collect(Collectors.toMap(Parameter::name, Lozo::floats)));
    open();
  }

  private static float[] floats(Parameter parameter) {
    return parameter.value().toFloatArray();
  }

  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    LozoDraw draw = weights.draw(weights.key(step));
    LozoProbe.Estimate estimate = probe.estimate(losses(batches, draw));
    if (!estimate.isFinite()) {
      return new StepResult(estimate.loss(), Double.NaN, false, Optional.empty());
    }
    List<LozoFactor> closed = weights.advance(draw, estimate.coefficients(), learningRate);
    for (LozoFactor factor : closed) {
      LayerFactor toSeal = layerFactor(factor);
      layer(factor.layer()).apply(toSeal);
      sealed.add(toSeal);
    }
    if (closed.isEmpty()) {
      layers.forEach(
          (name, layer) -> layer.right().replace(weights.right(name), layer.rank(), layer.out()));
    } else {
      open();
    }
    for (Parameter parameter : whole) {
      parameter.replace(weights.dense(parameter.name()), parameter.value().getShape().getShape());
    }
    return new StepResult(
        estimate.loss(),
        estimate.slope(),
        true,
        Optional.empty(),
        Optional.of(new StepScalars(draw.key(), estimate.coefficients()).toRecord()));
  }

  /** Returns the mean loss over all targets of the batches, for each evaluation of the probe. */
  private double[] losses(List<TokenBatch> batches, LozoDraw draw) {
    try (NDManager scratch = model.kernels().manager().newSubManager()) {
      Map<Parameter, NDArray> own = new HashMap<>();
      layers.forEach(
          (name, layer) ->
              spread(scratch, layer.right(), weights.right(name), draw.factors(name), own));
      whole.forEach(
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

  /** Puts V and R on the device. */
  private void open() {
    layers.forEach((name, layer) -> layer.restore(layerFactor(weights.open(name))));
  }

  private LinearLayer layer(String name) {
    return Optional.ofNullable(layers.get(name)).orElseThrow();
  }

  private LayerFactor layerFactor(LozoFactor factor) {
    LinearLayer layer = layer(factor.layer());
    long rank = factor.rank();
    return new LayerFactor(
        layer.name(),
        factor.redraw(),
        SCALE,
        new HostTensor(layer.left().name(), List.of((long) layer.in(), rank), factor.left()),
        new HostTensor(layer.right().name(), List.of(rank, (long) layer.out()), factor.right()),
        factor.rounding());
  }

  @Override
  public Snapshot snapshot() {
    List<LayerFactor> newlySealed = List.copyOf(sealed);
    sealed.clear();
    return new Snapshot(
        newlySealed,
        layers.values().stream().map(layer -> layer.factor(weights.redraw(), SCALE)).toList(),
        whole.stream().map(HostTensor::of).toList(),
        layers.values().stream()
            .filter(layer -> weights.momentum(layer.name()).length > 0)
            .map(
                layer ->
                    new HostTensor(
                        momentumName(layer.name()),
                        layer.right().shape(),
                        weights.momentum(layer.name()).clone()))
            .toList(),
        Map.of(UPDATES, weights.updates()));
  }

  private static String momentumName(String layer) {
    return "n/" + layer;
  }

  @Override
  public void restore(Snapshot snapshot) {
    long updates = snapshot.counter(UPDATES);
    Map<String, HostTensor> state = Tensors.byName(snapshot.state());
    weights.restore(
        updates,
        snapshot.open().stream()
            .collect(Collectors.toMap(LayerFactor::layer, factor -> factor.right().values())),
        layers.keySet().stream()
            .filter(layer -> state.containsKey(momentumName(layer)))
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    layer -> Tensors.named(state, momentumName(layer)).values())),
        snapshot.dense().stream().collect(Collectors.toMap(HostTensor::name, HostTensor::values)));
    open();
    Tensors.into(snapshot.dense(), whole.stream());
  }

  @Override
  public long optimizerBytes() {
    return layers.values().stream()
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
