package dev.rivulet.trainer.eval;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.model.Transformer;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The evaluations of a run: its model's scores on the held-out batches. Of a stream without end
 * they are those that have come until then.
 */
public final class Evaluator implements AutoCloseable {
  private final HeldOutStream stream;
  private final int classes;
  private HeldOut heldOut = new HeldOut(List.of());
  private boolean endless;

  /**
   * Opens the held-out batches of a stream.
   *
   * @param classes number of classes of a classifier
   */
  public Evaluator(KafkaCluster cluster, String name, int classes, String group) {
    stream = new HeldOutStream(cluster, name, group);
    this.classes = classes;
  }

  /**
   * Waits until the packer has written all held-out batches, and reads them. Where training batches
   * come before that, the stream has no end, and what is there is enough.
   *
   * @param trainable returns whether the stream has a training batch; may wait for a moment
   */
  public void load(BooleanSupplier trainable) {
    // Asked in this order: the held-out batches of a bounded stream come first.
    boolean started = trainable.getAsBoolean();
    while (!stream.take(false) && !started) {
      started = trainable.getAsBoolean();
    }
    endless = !stream.take(false);
    heldOut = new HeldOut(stream.batches());
  }

  /** Returns a model's scores; empty when there are no held-out batches. */
  public Map<String, Double> evaluate(Transformer model) {
    if (endless) {
      endless = !stream.take(true);
      heldOut = new HeldOut(stream.batches());
    }
    return heldOut.scores(model, classes);
  }

  /** Makes a waiting {@link #load} throw; from any thread. */
  public void wakeup() {
    stream.wakeup();
  }

  @Override
  public void close() {
    stream.close();
  }
}
