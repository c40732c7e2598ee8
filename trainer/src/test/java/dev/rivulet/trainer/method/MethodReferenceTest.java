package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The methods on the tiny BERT against their formulas in plain Java. */
@Tag("cross-check")
class MethodReferenceTest {
  private static final AdamWConfig ADAM = new AdamWConfig(0.9, 0.99, 1e-3, 0.0);
  private static final double RATE = 2e-3;
  private static final int FULL_RANK = 32;
  private static final int REFRESH_EVERY = 3;

  @Test
  void adaRankGrad_fullRank_isAdamOnTheTurnedWeight() {
    compare(1000, Integer.MAX_VALUE, List.of(FULL_RANK), 5);
  }

  @Test
  void adaRankGrad_ranksThatFallAndRise_isAdamInTheSubspaceWithTransportedMoments() {
    compare(1000, REFRESH_EVERY, List.of(20, 7, 26, 1), 12);
  }

  @Test
  void adaRankGrad_clipped_clipsTheProjectedGradient() {
    compare(0.05, REFRESH_EVERY, List.of(16, 8), 6);
  }

  /**
   * GaLore (arXiv 2403.03507): one rank, a fixed period, and moments that stay as they are. Its
   * code adds ε before the bias correction; here it is added after it, as in Adam's paper.
   */
  @Test
  void galore_newBases_isAdamInTheSubspaceWithTheMomentsAsTheyWere() {
    compare(config(6, 6, REFRESH_EVERY, MomentPolicy.KEEP), 1000, List.of(6), 12);
  }

  @Test
  void adaRankGrad_momentsReset_isAdamInTheSubspaceWithMomentsFromTheGradient() {
    compare(config(1, FULL_RANK, REFRESH_EVERY, MomentPolicy.RESET), 1000, List.of(20, 7), 9);
  }

  /** Fira (arXiv 2410.01623), whose limiter must have acted, and must not have always. */
  @ParameterizedTest
  @ValueSource(doubles = {1000, 0.05})
  void adaRankGrad_fira_isTheWholeGradientScaledByColumn(double clipNorm) {
    AdaRankGradConfig config =
        config(1, FULL_RANK, REFRESH_EVERY, MomentPolicy.TRANSPORT, ResidualPolicy.FIRA);
    ReferenceAdaRankGrad reference = compare(config, clipNorm, List.of(20, 7, 26, 1), 12);
    assertThat(reference.limited()).isBetween(12, 11 * 12 - 12);
  }

  private static void compare(double clipNorm, int refreshEvery, List<Integer> ranks, int steps) {
    compare(config(1, FULL_RANK, refreshEvery, MomentPolicy.TRANSPORT), clipNorm, ranks, steps);
  }

  private static AdaRankGradConfig config(
      int minRank, int maxRank, int refreshEvery, MomentPolicy moments) {
    return config(minRank, maxRank, refreshEvery, moments, ResidualPolicy.NONE);
  }

  private static AdaRankGradConfig config(
      int minRank, int maxRank, int refreshEvery, MomentPolicy moments, ResidualPolicy residual) {
    return new AdaRankGradConfig(
        ADAM,
        1,
        minRank,
        maxRank,
        2,
        RefreshRule.every(refreshEvery),
        8,
        2,
        false,
        0,
        OptionalLong.empty(),
        moments,
        residual);
  }

  private static ReferenceAdaRankGrad compare(
      AdaRankGradConfig config, double clipNorm, List<Integer> ranks, int steps) {
    List<LayerSpectrum> spectra = new ArrayList<>();
    RankSource source =
        (refresh, step, found) -> {
          spectra.clear();
          spectra.addAll(found);
          return FixedRanks.of(ranks.get(refresh % ranks.size())).decide(refresh, step, found);
        };
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        Transformer plain = TinyBert.load(kernels);
        Transformer base = TinyBert.load(kernels);
        Method method = config.start(new MethodContext(model, false, clipNorm, 5))) {
      ReferenceAdaRankGrad reference = new ReferenceAdaRankGrad(plain, config, clipNorm);
      for (int step = 1; step <= steps; step++) {
        try (TokenBatch batch = TinyBert.batch(kernels, step)) {
          StepResult result = method.step(List.of(batch), step, RATE, source);
          Map<String, Matrix> bases = result.refresh().isPresent() ? bases(model) : Map.of();
          Map<String, Matrix> full = reference.step(batch, RATE, bases);
          if (result.refresh().isPresent()) {
            requireLeading(spectra, bases, full);
          }
        }
      }
      for (int i = 0; i < model.layers().size(); i++) {
        LinearLayer layer = model.layers().get(i);
        Matrix start = Matrix.of(base.layers().get(i).weight().value());
        Matrix expected = reference.value(plain.layers().get(i).weight()).minus(start);
        requireSame(layer.name(), weight(layer, config.scale()).minus(start), expected);
      }
      for (int i = 0; i < model.small().size(); i++) {
        Parameter parameter = model.small().get(i);
        Matrix start = Matrix.of(base.small().get(i).value());
        Matrix expected = reference.value(plain.small().get(i)).minus(start);
        requireSame(parameter.name(), Matrix.of(parameter.value()).minus(start), expected);
      }
      return reference;
    }
  }

  /** Below a hundredth of one element's step is rounding: a key's bias has no gradient at all. */
  private static void requireSame(String name, Matrix change, Matrix expected) {
    double size = Math.max(Math.sqrt(expected.energy()), RATE / 100);
    assertThat(Math.sqrt(change.minus(expected).energy()) / size).as(name).isLessThan(2e-3);
  }

  /** The bases hold the energy that the spectrum says, of a gradient that has all it says. */
  private static void requireLeading(
      List<LayerSpectrum> spectra, Map<String, Matrix> bases, Map<String, Matrix> gradients) {
    assertThat(spectra).hasSize(bases.size());
    for (LayerSpectrum spectrum : spectra) {
      Matrix gradient = Matrix.in(gradients, spectrum.layer());
      Matrix basis = Matrix.in(bases, spectrum.layer());
      double leading = 0;
      for (int i = 0; i < basis.cols(); i++) {
        leading += Math.pow(spectrum.singularValues()[i], 2);
      }
      assertThat(spectrum.energy()).isCloseTo(gradient.energy(), within(1e-2 * gradient.energy()));
      assertThat(basis.transposed().times(gradient).energy())
          .isCloseTo(leading, within(1e-2 * leading));
    }
  }

  private static Map<String, Matrix> bases(Transformer model) {
    return model.layers().stream()
        .collect(
            Collectors.toMap(
                LinearLayer::name,
                layer -> {
                  Matrix basis = Matrix.of(layer.basis().value());
                  return layer.basisOnLeft() ? basis : basis.transposed();
                }));
  }

  private static Matrix weight(LinearLayer layer, double scale) {
    Matrix overlay = Matrix.of(layer.left().value()).times(Matrix.of(layer.right().value()));
    return Matrix.of(layer.weight().value()).plus(overlay.times(scale));
  }

  @Test
  void adamW_oneClippedStep_isTheFormula() {
    double clipNorm = 0.1;
    AdamWConfig config = new AdamWConfig(0.9, 0.99, 1e-3, 0.1);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        TokenBatch batch = TinyBert.batch(kernels, 1);
        Method method = config.start(new MethodContext(model, true, clipNorm, 0))) {
      List<Parameter> all =
          Stream.of(
                  model.embedding().stream(),
                  model.layers().stream().map(LinearLayer::weight),
                  model.small().stream())
              .flatMap(parameters -> parameters)
              .toList();
      Map<Parameter, Matrix> before = new HashMap<>();
      all.forEach(parameter -> before.put(parameter, Matrix.of(parameter.value())));
      Map<Parameter, Matrix> gradients = new HashMap<>();
      model.gradients(
          batch, new HashSet<>(all), (parameter, g) -> gradients.put(parameter, Matrix.of(g)));
      double norm = Math.sqrt(gradients.values().stream().mapToDouble(Matrix::energy).sum());

      StepResult result = method.step(List.of(batch), 1, RATE, FixedRanks.NONE);

      assertThat(result.applied()).isTrue();
      assertThat(result.refresh()).isEmpty();
      assertThat(result.gradientNorm())
          .isCloseTo(norm, within(1e-5 * norm))
          .isGreaterThan(clipNorm);
      for (Parameter parameter : all) {
        double decay = parameter.shape().size() == 2 ? config.weightDecay() : 0;
        Matrix gradient = Matrix.in(gradients, parameter).times(clipNorm / norm);
        Matrix change =
            gradient
                .map(g -> -RATE * g / (Math.abs(g) + config.epsilon()))
                .minus(Matrix.in(before, parameter).times(RATE * decay));
        requireSame(
            parameter.name(),
            Matrix.of(parameter.value()).minus(Matrix.in(before, parameter)),
            change);
      }
    }
  }
}
