package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.spectrum.RangeFinder;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** AdaRankGrad (arXiv 2410.17881) in overlay form. */
final class AdaRankGrad implements Method {
  /*
   * Each linear layer of the blocks trains a low-rank factor against a frozen basis Q of its
   * gradient's leading left singular vectors (on the short side of the weight). With the factor
   * starting at 0, back-propagation gives it s·QᵀG, the projected gradient, without forming G.
   *
   * At a refresh the full gradient G is taken block by block, sketched and dropped. The ranks are
   * decided from the spectra; then the old overlay is sealed into the weight, the new basis is cut
   * to the rank, and Adam's moments are carried into the new subspace. The sketch has kept QᵀG, so
   * the refresh step needs no second backward pass. The count of updates is not reset.
   *
   * Biases, norms and the head are trained whole by AdamW in the same count.
   */
  private static final String UPDATES = "adam.updates";
  private static final String REFRESHES = "refreshes";
  private static final String LAST_REFRESH = "refresh.step";

  private final AdaRankGradConfig config;
  private final Transformer model;
  private final Kernels kernels;
  private final RangeFinder rangeFinder;
  private final List<Parameter> whole;
  private final Map<Parameter, LinearLayer> layerOfWeight;
  private final Adam adam;
  private final Descent descent;
  private final List<LayerFactor> sealed = new ArrayList<>();
  private int refreshes;
  private long lastRefresh;

  AdaRankGrad(AdaRankGradConfig config, Subject subject) {
    this.config = config;
    model = subject.model();
    kernels = model.kernels();
    rangeFinder =
        new RangeFinder(
            config.maxRank() + config.oversampling(), config.powerIterations(), subject.seed());
    model.setOverlayScale((float) config.scale());
    whole = subject.whole();
    layerOfWeight =
        model.layers().stream().collect(Collectors.toMap(LinearLayer::weight, Function.identity()));
    List<Parameter> all = new ArrayList<>(whole);
    model.layers().forEach(layer -> all.add(layer.trained()));
    adam = new Adam(kernels, config.adam(), all);
    descent = new Descent(subject, adam);
  }

  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    boolean due = refreshes == 0 || step - lastRefresh >= config.refreshEvery();
    return due
        ? refreshStep(batches, step, learningRate, ranks)
        : descent.step(batches, learningRate);
  }

  private StepResult refreshStep(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    try (GradientBuffer gradients = new GradientBuffer(kernels);
        NDManager scratch = kernels.manager().newSubManager()) {
      List<LayerRefresh> layers = new ArrayList<>();
      Set<Parameter> wanted = new HashSet<>(whole);
      wanted.addAll(layerOfWeight.keySet());
      float loss =
          model.gradientsByBlock(
              batches,
              wanted,
              (parameter, gradient) -> {
                LinearLayer layer = layerOfWeight.get(parameter);
                if (layer == null) {
                  gradients.accept(parameter, gradient);
                } else {
                  layers.add(
                      LayerRefresh.measure(
                          kernels, scratch, rangeFinder, refreshes, layer, gradient));
                  gradient.close();
                }
              });
      boolean finite =
          Float.isFinite(loss)
              && Double.isFinite(gradients.norm())
              && layers.stream().allMatch(LayerRefresh::isFinite);
      if (!finite) {
        return new StepResult(loss, Double.NaN, false, Optional.empty());
      }
      RankSource.Decided decided =
          ranks.decide(refreshes, step, layers.stream().map(LayerRefresh::spectrum).toList());
      Map<LayerRefresh, NDArray> projected = new LinkedHashMap<>();
      for (LayerRefresh refresh : layers) {
        LinearLayer layer = refresh.layer();
        NDArray gradient = refresh.projected(decided.rank(layer.name()), config.scale());
        projected.put(refresh, gradient);
        gradients.accept(layer.trained(), layer.orient(kernels, gradient));
      }
      double norm = gradients.norm();
      double clipScale = descent.clipScale(norm);
      projected.forEach(
          (refresh, gradient) ->
              refresh
                  .open(adam, gradient.muli(clipScale), refreshes - 1, config.scale())
                  .ifPresent(sealed::add));
      refreshes++;
      lastRefresh = step;
      adam.update(gradients, learningRate, clipScale);
      return new StepResult(loss, norm, true, Optional.of(decided));
    }
  }

  @Override
  public Snapshot snapshot() {
    List<LayerFactor> newlySealed = List.copyOf(sealed);
    sealed.clear();
    return new Snapshot(
        newlySealed,
        model.layers().stream()
            .filter(layer -> layer.rank() > 0)
            .map(layer -> layer.factor(refreshes - 1, (float) config.scale()))
            .toList(),
        whole.stream().map(HostTensor::of).toList(),
        adam.snapshot(),
        Map.of(UPDATES, adam.updates(), REFRESHES, (long) refreshes, LAST_REFRESH, lastRefresh));
  }

  @Override
  public void restore(Snapshot snapshot) {
    refreshes = Math.toIntExact(snapshot.counter(REFRESHES));
    lastRefresh = snapshot.counter(LAST_REFRESH);
    Map<String, LayerFactor> open =
        snapshot.open().stream().collect(Collectors.toMap(LayerFactor::layer, Function.identity()));
    for (LinearLayer layer : model.layers()) {
      LayerFactor factor = open.get(layer.name());
      if (factor != null) {
        layer.restore(factor);
      }
    }
    Tensors.into(snapshot.dense(), whole.stream());
    adam.restore(Tensors.byName(snapshot.state()), snapshot.counter(UPDATES));
  }

  @Override
  public long optimizerBytes() {
    return adam.bytes() + model.overlayBytes();
  }

  @Override
  public void close() {
    adam.close();
  }
}
