package dev.rivulet.trainer.model;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.List;

/**
 * The batches of one step on the device, freed together.
 *
 * @param all the batches, in order
 */
public record TokenBatches(List<TokenBatch> all) implements AutoCloseable {

  /** Copies batches to the device. */
  public static TokenBatches of(Kernels kernels, List<Batch> batches) {
    return new TokenBatches(
        batches.stream().map(batch -> TokenBatch.of(kernels.manager(), batch)).toList());
  }

  /** Returns the tokens without padding. */
  public long tokens() {
    return all.stream().mapToLong(TokenBatch::tokens).sum();
  }

  @Override
  public void close() {
    all.forEach(TokenBatch::close);
  }
}
