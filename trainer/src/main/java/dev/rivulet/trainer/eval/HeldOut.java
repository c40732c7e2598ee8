package dev.rivulet.trainer.eval;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.stream.BatchStream;
import java.util.List;
import java.util.Map;

/**
 * The held-out batches of a stream.
 *
 * @param batches in order, without the record that ends them
 */
public record HeldOut(List<Batch> batches) {

  public HeldOut {
    batches = List.copyOf(batches);
  }

  /**
   * Reads those that the packer has written: all of a bounded stream, the newest of one without
   * end.
   *
   * @throws RunException when they are not there: the packer has not written them yet, or retention
   *     has deleted some
   */
  public static HeldOut read(KafkaCluster cluster, String stream) {
    String group = "held-out";
    try (HeldOutStream heldOut = new HeldOutStream(cluster, stream, group);
        BatchStream training = new BatchStream(cluster, Topics.BATCHES, stream, group)) {
      boolean started = training.hasNext();
      boolean closed = heldOut.take(false);
      String topic = cluster.name(Topics.EVAL_BATCHES);
      if (!closed && !started) {
        throw new RunException(
            "topic %s: the held-out batches of stream %s are not all there yet: pack the stream first"
                .formatted(topic, stream));
      }
      List<Batch> batches = heldOut.batches();
      if (closed && !batches.isEmpty() && batches.get(0).getIndex() != 0) {
        throw new RunException(
            ("topic %s: retention has deleted the held-out batches of stream %s before number %d;"
                    + " raise the topic's retention and pack the stream under another name")
                .formatted(topic, stream, batches.get(0).getIndex()));
      }
      return new HeldOut(batches);
    }
  }

  /**
   * Scores a model, on the thread of its kernels.
   *
   * @param classes number of classes of a classifier; not looked at for language modelling
   * @return scores by {@link Metric#key}; empty when there are no held-out batches
   * @throws RunException when the batches are not for the model
   */
  public Map<String, Double> scores(Transformer model, int classes) {
    if (batches.isEmpty()) {
      return Map.of();
    }
    Scores scores = Scores.of(batches.get(0).getTask(), classes);
    for (Batch batch : batches) {
      try (TokenBatch tokens = TokenBatch.of(model.kernels().manager(), batch)) {
        scores.add(model.evaluate(tokens), tokens.classes());
      }
    }
    return scores.metrics();
  }
}
