package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.tensor.Precision;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the forward pass keeps, where the configuration leaves it open: all that fits. */
final class MemoryChoice {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryChoice.class);

  /** Share of the memory that is there that training may plan with. */
  private static final double USABLE = 0.8;

  private MemoryChoice() {}

  /**
   * Chooses by the first batch, before the model has taken memory for activations.
   *
   * @param precision type of the matrix products
   */
  static MemoryMode of(TrainerConfig config, Precision precision, Batch batch) {
    Optional<Long> available = SystemMemory.availableBytes();
    if (available.isEmpty()) {
      return MemoryMode.FAST;
    }
    MemoryPlan plan =
        new MemoryPlan(
            ModelShape.read(config.model().path(), config.model().labels().size()),
            config.model().trainEmbeddings(),
            config.model().base(),
            precision,
            MemoryMode.FAST,
            batch.getRows(),
            batch.getLength());
    long needed = config.method().memory(plan).activations();
    MemoryMode mode = needed <= USABLE * available.get() ? MemoryMode.FAST : MemoryMode.LEAN;
    LOG.debug("{} bytes of activations, {} available: {}", needed, available.get(), mode);
    return mode;
  }
}
