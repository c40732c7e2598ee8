package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.NativeHeap;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Adam in low-rank subspaces that are refreshed from time to time: the mechanism of AdaRankGrad and
 * of LoQT, which differ in its {@link SubspaceParts}.
 */
final class SubspaceDescent implements Method {
  /*
   * Each linear layer of the blocks trains a low-rank factor against a frozen basis of its
   * gradient's leading left singular vectors (on the short side of the weight).
   *
   * At a refresh the full gradient G is taken block by block, sketched and dropped. The ranks are
   * decided from the spectra; then each layer's moments are carried to the new basis, and the layer
   * goes to its next overlay. The count of updates is not reset. Where the refresh's batch trains,
   * the gradient of the new factors comes from the sketch.
   *
   * Biases, norms and the head are trained whole by AdamW in the same count.
   */
  private static final String UPDATES = "adam.updates";
  private static final String REFRESHES = "refreshes";
  private static final String LAST_REFRESH = "refresh.step";

  private final SubspaceParts parts;
  private final Transformer model;
  private final Kernels kernels;
  private final List<Parameter> whole;
  private final Map<Parameter, LinearLayer> layerOfWeight;
  private final Adam adam;
  private final Descent descent;
  private final Optional<FiraResidual> residual;
  private final List<LayerFactor> sealed = new ArrayList<>();
  private int refreshes;
  private long lastRefresh;

  SubspaceDescent(SubspaceParts parts, MethodContext context) {
    this.parts = parts;
    model = context.model();
    kernels = model.kernels();
    whole = context.whole();
    layerOfWeight =
        model.layers().stream().collect(Collectors.toMap(LinearLayer::weight, Function.identity()));
    List<Parameter> all = new ArrayList<>(whole);
    model.layers().forEach(layer -> all.add(layer.trained()));
    adam = new Adam(kernels, parts.adam(), all);
    descent = new Descent(context, adam);
    residual = FiraResidual.of(parts, context, adam, descent);
  }

  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    boolean due = refreshes == 0 || parts.schedule().due(step, lastRefresh, refreshes);
    if (due) {
      StepResult result = refreshStep(batches, step, learningRate, ranks);
      // Sketches, decompositions and merges leave holes in the heap that no plain step would fill.
      NativeHeap.trim();
      return result;
    }
    GradientObserver observer = parts.schedule().observer(step, lastRefresh);
    return residual.isPresent()
        ? residual.get().step(batches, learningRate, observer)
        : descent.step(batches, learningRate, observer);
  }

  private StepResult refreshStep(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    try (GradientBuffer gradients = new GradientBuffer(kernels);
        NDManager scratch = kernels.manager().newSubManager()) {
      List<LayerRefresh> layers = new ArrayList<>();
      float loss = measure(batches, gradients, layers, scratch);
      double normWithoutFactors = gradients.norm();
      boolean finite =
          Float.isFinite(loss)
              && Double.isFinite(normWithoutFactors)
              && layers.stream().allMatch(LayerRefresh::isFinite);
      if (!finite) {
        return new StepResult(loss, Double.NaN, false, Optional.empty());
      }
      RankSource.Decided decided =
          ranks.decide(refreshes, step, layers.stream().map(LayerRefresh::spectrum).toList());
      List<NextOverlay> overlays = new ArrayList<>();
      for (LayerRefresh layer : layers) {
        NextOverlay next = layer.next(decided, parts);
        overlays.add(next);
        gradients.accept(next.layer().trained(), next.layer().orient(kernels, next.gradient()));
      }
      // With a residual, the weights' own gradients are among those without factors.
      double norm = residual.isPresent() ? normWithoutFactors : gradients.norm();
      parts.schedule().refreshed(gradients);
      double clipScale = descent.clipScale(norm);
      for (NextOverlay next : overlays) {
        next.gradient().muli(clipScale);
        sealAndReopen(next, scratch);
      }
      refreshes++;
      lastRefresh = step;
      if (parts.stepsAtRefresh()) {
        adam.update(gradients, learningRate, clipScale);
        residual.ifPresent(fira -> fira.apply(gradients, learningRate, clipScale));
      }
      return new StepResult(loss, norm, true, Optional.of(decided));
    }
  }

  /**
   * Takes the gradients of some batches: the layers' are measured and, but for a residual, dropped;
   * the others are kept.
   */
  private float measure(
      List<TokenBatch> batches,
      GradientBuffer gradients,
      List<LayerRefresh> layers,
      NDManager scratch) {
    Set<Parameter> wanted = new HashSet<>(whole);
    wanted.addAll(layerOfWeight.keySet());
    return model.gradientsByBlock(
        batches,
        wanted,
        (parameter, gradient) -> {
          LinearLayer layer = layerOfWeight.get(parameter);
          if (layer == null) {
            gradients.accept(parameter, gradient);
          } else {
            layers.add(LayerRefresh.measure(kernels, scratch, parts, refreshes, layer, gradient));
            if (residual.isPresent()) {
              gradients.accept(parameter, gradient);
            } else {
              gradient.close();
            }
          }
        });
  }

  private void sealAndReopen(NextOverlay next, NDManager scratch) {
    LinearLayer layer = next.layer();
    boolean hasMoments = layer.rank() > 0 && adam.updates() > 0;
    if (hasMoments) {
      parts.moments().carry(scratch, adam, next);
    }
    Optional<LayerFactor> closed = parts.merge().sealAndReopen(layer, next.basis(), refreshes - 1);
    if (residual.isEmpty()) {
      closed.ifPresent(sealed::add);
    }
    if (!hasMoments) {
      adam.moments(layer.trained()).clear(layer.trained().value());
    }
  }

  @Override
  public Snapshot snapshot() {
    List<LayerFactor> newlySealed = List.copyOf(sealed);
    sealed.clear();
    List<HostTensor> state = new ArrayList<>(adam.snapshot());
    state.addAll(parts.schedule().state());
    residual.ifPresent(fira -> state.add(fira.state()));
    return new Snapshot(
        newlySealed,
        model.layers().stream()
            .filter(layer -> layer.rank() > 0)
            .map(layer -> layer.factor(refreshes - 1))
            .toList(),
        dense().map(HostTensor::of).toList(),
        state,
        Map.of(UPDATES, adam.updates(), REFRESHES, (long) refreshes, LAST_REFRESH, lastRefresh));
  }

  @Override
  public void restore(Snapshot snapshot) {
    refreshes = Math.toIntExact(snapshot.counter(REFRESHES));
    lastRefresh = snapshot.counter(LAST_REFRESH);
    parts.schedule().restore(snapshot);
    Map<String, LayerFactor> open =
        snapshot.open().stream().collect(Collectors.toMap(LayerFactor::layer, Function.identity()));
    for (LinearLayer layer : model.layers()) {
      LayerFactor factor = open.get(layer.name());
      if (factor != null) {
        layer.restore(factor);
      }
    }
    Tensors.into(snapshot.dense(), dense());
    Map<String, HostTensor> state = Tensors.byName(snapshot.state());
    residual.ifPresent(fira -> fira.restore(state));
    adam.restore(state, snapshot.counter(UPDATES));
  }

  /** Returns what checkpoints have whole: with a residual, the layers' weights too. */
  private Stream<Parameter> dense() {
    Stream<Parameter> weights = residual.stream().flatMap(fira -> fira.weights().stream());
    return Stream.concat(whole.stream(), weights);
  }

  @Override
  public long optimizerBytes() {
    return adam.bytes() + parts.schedule().bytes() + model.overlayBytes();
  }

  @Override
  public void close() {
    adam.close();
    parts.schedule().close();
  }
}
