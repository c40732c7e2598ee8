package dev.rivulet.ops.bench;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.MethodContext;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A contender in training: its model in memory and its method. It belongs to the thread of its
 * kernels.
 */
final class Trial implements AutoCloseable {
  /** Small enough that training on random labels stays finite. */
  static final double LEARNING_RATE = 1e-4;

  /** Gradient norm at which gradients are clipped. */
  static final double CLIP_NORM = 1.0;

  /**
   * A completed step.
   *
   * @param seconds its time, until the device has finished
   * @param refreshed whether it computed new bases
   */
  record Taken(double seconds, boolean refreshed) {}

  private final Transformer model;
  private final Method method;
  private final RankSource ranks;
  private long step;

  private Trial(Transformer model, Method method, RankSource ranks) {
    this.model = model;
    this.method = method;
    this.ranks = ranks;
  }

  /**
   * Loads the model and starts the method.
   *
   * @param refreshEvery steps between refreshes, for a method that has them; the first is at step 1
   */
  static Trial start(Kernels kernels, Workload workload, Contender contender, int refreshEvery) {
    Transformer model =
        ModelLoader.load(
            kernels,
            workload.model(),
            new LoadOptions(Workload.CLASSES, Workload.SEED, contender.base()));
    model.setPrecision(contender.precision());
    model.setMemory(contender.memory());
    Method method =
        contender
            .method(refreshEvery)
            .start(
                new MethodContext(
                    model, workload.trainsEmbedding(contender), CLIP_NORM, Workload.SEED));
    return new Trial(model, method, fixed(contender.rank()));
  }

  /** Gives every layer the same rank, limited by its smaller side. */
  private static RankSource fixed(int rank) {
    return (refresh, step, spectra) ->
        new RankSource.Decided(
            refresh,
            spectra.stream()
                .collect(
                    Collectors.toMap(
                        LayerSpectrum::layer,
                        layer -> Math.min(rank, Math.min(layer.in(), layer.out())))),
            false,
            0);
  }

  /**
   * Takes the next step.
   *
   * @throws RunException when its loss or gradient is not finite, so the step was withheld
   */
  Taken step(TokenBatch batch) {
    long begin = System.nanoTime();
    StepResult result = method.step(List.of(batch), ++step, LEARNING_RATE, ranks);
    awaitDevice();
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (!result.applied()) {
      throw new RunException(
          "step %d: loss %s, gradient norm %s: the model cannot be trained with these settings"
              .formatted(step, result.loss(), result.gradientNorm()));
    }
    return new Taken(seconds, result.refresh().isPresent());
  }

  /** A copy to the host waits until a GPU has finished its earlier work. */
  private void awaitDevice() {
    HostTensor unused = HostTensor.of(model.small().get(0));
  }

  @Override
  public void close() {
    method.close();
    model.close();
  }
}
