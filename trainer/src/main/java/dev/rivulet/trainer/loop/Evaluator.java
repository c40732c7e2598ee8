package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The evaluations of a run: its model's scores on the held-out batches, once they are there. */
final class Evaluator implements AutoCloseable {
  private final BatchStream stream;
  private final int classes;
  private HeldOut heldOut = new HeldOut(List.of());

  /**
   * Opens the held-out batches of a stream.
   *
   * @param classes number of classes of a classifier
   */
  Evaluator(KafkaCluster cluster, String name, int classes, String group) {
    stream = new BatchStream(cluster, Topics.EVAL_BATCHES, name, group);
    this.classes = classes;
  }

  /** Waits until the packer has written all held-out batches, and reads them. */
  void load() {
    List<Batch> batches = new ArrayList<>();
    for (Batch batch = stream.next().batch();
        !batch.getEndOfStream();
        batch = stream.next().batch()) {
      batches.add(batch);
    }
    heldOut = new HeldOut(batches);
  }

  /** Returns a model's scores; empty when there are no held-out batches. */
  Map<String, Double> evaluate(Transformer model) {
    return heldOut.scores(model, classes);
  }

  /** Makes a waiting {@link #load} throw; from any thread. */
  void wakeup() {
    stream.wakeup();
  }

  @Override
  public void close() {
    stream.close();
  }
}
