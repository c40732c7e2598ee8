package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.MethodContext;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.GemmProbe;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.NativeHeap;
import dev.rivulet.trainer.tensor.Precision;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The maker of a run's model: the same each time, whatever the configuration leaves open. */
public final class ModelFactory {
  private final Kernels kernels;
  private final TrainerConfig config;
  private final Precision precision;
  private final long processBytes;
  private @Nullable MemoryMode memory;

  /**
   * Settles the precision: a run keeps the one that it began with.
   *
   * @param newest the run's newest manifest
   */
  public ModelFactory(Kernels kernels, TrainerConfig config, Optional<Manifest> newest) {
    this.kernels = kernels;
    this.config = config;
    precision =
        config
            .engine()
            .precision()
            .or(() -> newest.map(it -> Precision.valueOf(it.getProvenance().getPrecision())))
            .orElseGet(() -> GemmProbe.faster(kernels));
    processBytes = SystemMemory.residentBytes();
  }

  /** Loads the base model, and starts the method. */
  LiveModel load() {
    Transformer model =
        ModelLoader.load(
            kernels,
            config.model().path(),
            new LoadOptions(config.model().labels().size(), config.seed(), config.model().base()));
    model.setPrecision(precision);
    Method method =
        config
            .method()
            .start(
                new MethodContext(
                    model,
                    config.model().trainEmbeddings(),
                    config.optimization().clipNorm(),
                    config.seed(),
                    config.model().rounding()));
    return new LiveModel(model, method, processBytes);
  }

  /** Settles what the forward pass keeps, which the first batch decides where it is left open. */
  void fit(LiveModel live, Batch batch) {
    if (memory == null) {
      memory = config.memory().orElseGet(() -> MemoryChoice.of(config, precision, batch));
      if (memory == MemoryMode.LEAN) {
        NativeHeap.returnFreedMemory();
      }
    }
    live.model().setMemory(memory);
  }
}
