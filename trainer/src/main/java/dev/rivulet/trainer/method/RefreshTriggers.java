package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The rule of a {@link RefreshRule} with triggers. Each layer has its signals; a refresh is due
 * when half of the layers ask for it.
 */
final class RefreshTriggers implements RefreshSchedule {
  private static final String SIGNALS = "refresh.signals";
  private static final String PATH = "refresh.path/";

  /** Decay of the running mean of norms, a step at a time. */
  private static final float NORM_DECAY = 0.9f;

  /** Decay of the running mean of residual shares, a look at a time. */
  private static final float RESIDUAL_DECAY = 0.5f;

  /** Looks at the residual between two refreshes. */
  private static final int LOOKS = 10;

  /** Signals of a layer, in this order. */
  private static final int NORM = 0;

  private static final int NORM_AT_REFRESH = 1;
  private static final int RESIDUAL = 2;
  private static final int DISPLACEMENT = 3;
  private static final int STEPS = 4;
  private static final int COUNT = 5;

  private final Kernels kernels;
  private final RefreshRule rule;
  private final double residualLimit;
  private final List<LinearLayer> layers;
  private final Map<Parameter, Integer> ofWeight = new LinkedHashMap<>();

  /** Sums of normalised gradients, [rank, out] or [in, rank]; empty without that trigger. */
  private final List<Parameter> paths = new ArrayList<>();

  private final float[] signals;

  /**
   * Makes the rule of some layers.
   *
   * @param energyShare share of the energy that a basis is to capture
   */
  RefreshTriggers(Kernels kernels, RefreshRule rule, double energyShare, List<LinearLayer> layers) {
    this.kernels = kernels;
    this.rule = rule;
    this.layers = layers;
    residualLimit = 1 - energyShare + rule.residualExcess();
    signals = new float[COUNT * layers.size()];
    for (LinearLayer layer : layers) {
      ofWeight.put(layer.weight(), ofWeight.size());
      if (rule.displacement() > 0) {
        paths.add(Parameter.zeros(PATH + layer.name(), kernels.manager(), 0));
      }
    }
  }

  @Override
  public boolean due(long step, long lastRefresh, int refreshes) {
    long since = step - lastRefresh;
    return since >= rule.every() || (since >= rule.earliest() && 2 * asking() >= layers.size());
  }

  private long asking() {
    return IntStream.range(0, layers.size()).filter(this::asks).count();
  }

  private boolean asks(int layer) {
    boolean converged = signal(layer, NORM) <= rule.normShare() * signal(layer, NORM_AT_REFRESH);
    boolean stale = rule.residualExcess() > 0 && signal(layer, RESIDUAL) > residualLimit;
    boolean cancelled =
        rule.displacement() > 0
            && signal(layer, STEPS) > 0
            && signal(layer, DISPLACEMENT) < rule.displacement() * signal(layer, STEPS);
    return (rule.normShare() > 0 && converged) || stale || cancelled;
  }

  @Override
  public GradientObserver observer(long step, long lastRefresh) {
    int gap = Math.max(1, rule.every() / LOOKS);
    boolean looks = rule.residualExcess() > 0 && (step - lastRefresh) % gap == 0;
    Map<Integer, Float> residuals = new HashMap<>();
    return new GradientObserver() {
      @Override
      public Set<Parameter> extra() {
        return looks ? ofWeight.keySet() : Set.of();
      }

      @Override
      public void observe(Parameter weight, NDArray gradient) {
        Integer layer = ofWeight.get(weight);
        if (layer != null) {
          residuals.put(layer, residualShare(layer, gradient));
        }
      }

      @Override
      public void observe(GradientBuffer gradients) {
        residuals.forEach(RefreshTriggers.this::noteResidual);
        note(gradients);
      }
    };
  }

  private float residualShare(int layer, NDArray gradient) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      LinearLayer of = layers.get(layer);
      NDArray basis = of.fromShortSide(kernels, scratch, of.basis().value());
      NDArray oriented = of.fromShortSide(kernels, scratch, gradient);
      double captured = kernels.callOne(scratch, "shared_energy", basis, oriented).getDouble();
      double energy = kernels.callOne(scratch, "energy", oriented).getDouble();
      return (float) LayerSpectrum.residualShare(captured, energy);
    }
  }

  private void noteResidual(int layer, float share) {
    float before = signal(layer, RESIDUAL);
    set(layer, RESIDUAL, before == 0 ? share : mean(before, share, RESIDUAL_DECAY));
  }

  private void note(GradientBuffer gradients) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      List<NDArray> found = found(gradients);
      float[] norms = kernels.callOne(scratch, "norms", found).toFloatArray();
      for (int layer = 0; layer < norms.length; layer++) {
        set(layer, NORM, mean(signal(layer, NORM), norms[layer], NORM_DECAY));
        set(layer, STEPS, signal(layer, STEPS) + 1);
      }
      if (!paths.isEmpty()) {
        List<NDArray> sums = paths.stream().map(Parameter::value).toList();
        float[] displacements = kernels.callOne(scratch, "displaced", sums, found).toFloatArray();
        for (int layer = 0; layer < displacements.length; layer++) {
          set(layer, DISPLACEMENT, displacements[layer]);
        }
      }
    }
  }

  @Override
  public void refreshed(GradientBuffer gradients) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      Arrays.fill(signals, 0);
      List<NDArray> found = found(gradients);
      float[] norms = kernels.callOne(scratch, "norms", found).toFloatArray();
      for (int layer = 0; layer < norms.length; layer++) {
        set(layer, NORM, norms[layer]);
        set(layer, NORM_AT_REFRESH, norms[layer]);
      }
      for (int layer = 0; layer < paths.size(); layer++) {
        paths.get(layer).clear(found.get(layer).getShape().getShape());
      }
    }
  }

  private List<NDArray> found(GradientBuffer gradients) {
    return layers.stream().map(layer -> gradients.get(layer.trained())).toList();
  }

  private static float mean(float before, float value, float decay) {
    return decay * before + (1 - decay) * value;
  }

  private float signal(int layer, int which) {
    return signals[COUNT * layer + which];
  }

  private void set(int layer, int which, float value) {
    signals[COUNT * layer + which] = value;
  }

  @Override
  public List<HostTensor> state() {
    List<HostTensor> state = new ArrayList<>();
    state.add(
        new HostTensor(SIGNALS, List.of((long) layers.size(), (long) COUNT), signals.clone()));
    paths.stream().filter(path -> path.size() > 0).map(HostTensor::of).forEach(state::add);
    return state;
  }

  @Override
  public void restore(Snapshot snapshot) {
    Map<String, HostTensor> tensors = Tensors.byName(snapshot.state());
    HostTensor saved = tensors.get(SIGNALS);
    if (saved == null || saved.values().length != signals.length) {
      throw new UsageException(
          "the checkpoint has no %s of %d layers".formatted(SIGNALS, layers.size()));
    }
    System.arraycopy(saved.values(), 0, signals, 0, signals.length);
    for (Parameter path : paths) {
      HostTensor sum = tensors.get(path.name());
      if (sum != null) {
        sum.into(path);
      }
    }
  }

  @Override
  public long bytes() {
    return paths.stream().mapToLong(Parameter::bytes).sum();
  }

  @Override
  public void close() {
    paths.forEach(Parameter::close);
  }
}
