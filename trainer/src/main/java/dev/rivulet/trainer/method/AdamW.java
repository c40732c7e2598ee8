package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * AdamW on whole tensors: on all weights, the baseline to which the other methods are compared, or
 * on a classifier's head alone.
 */
final class AdamW implements Method {
  private static final String UPDATES = "adam.updates";

  private final Adam adam;
  private final Descent descent;

  private AdamW(AdamWConfig config, MethodContext context, List<Parameter> trained) {
    adam = new Adam(context.kernels(), config, trained);
    descent = new Descent(context, adam);
  }

  /** Starts on all weights; on the embedding where it is trained. */
  static AdamW onAll(AdamWConfig config, MethodContext context) {
    Transformer model = context.model();
    List<Parameter> trained =
        new ArrayList<>(context.trainEmbeddings() ? model.embedding() : List.of());
    model.layers().forEach(layer -> trained.add(layer.weight()));
    trained.addAll(model.small());
    return new AdamW(config, context, trained);
  }

  /**
   * Starts on the head alone.
   *
   * @throws UsageException when the model is not a classifier
   */
  static AdamW onHead(ProbeConfig config, MethodContext context) {
    List<Parameter> head = context.model().classifier();
    if (head.isEmpty()) {
      throw new UsageException(
          "method probe trains a classifier's head, and a language model has none: set another"
              + " train.method");
    }
    return new AdamW(config.adam(), context, head);
  }

  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource ranks) {
    return descent.step(batches, learningRate);
  }

  @Override
  public Snapshot snapshot() {
    return new Snapshot(
        List.of(),
        List.of(),
        adam.parameters().stream().map(HostTensor::of).toList(),
        adam.snapshot(),
        Map.of(UPDATES, adam.updates()));
  }

  @Override
  public void restore(Snapshot snapshot) {
    Tensors.into(snapshot.dense(), adam.parameters().stream());
    adam.restore(Tensors.byName(snapshot.state()), snapshot.counter(UPDATES));
  }

  @Override
  public long optimizerBytes() {
    return adam.bytes();
  }

  @Override
  public void close() {
    adam.close();
  }
}
