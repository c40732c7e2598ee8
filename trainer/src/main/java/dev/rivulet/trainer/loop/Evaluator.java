package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.model.Evaluation;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The held-out batches of a stream, and the scores of a model on them. */
final class Evaluator implements AutoCloseable {
  private final BatchStream stream;
  private final List<Batch> batches = new ArrayList<>();

  Evaluator(KafkaCluster cluster, String name, String group) {
    stream = new BatchStream(cluster, Topics.EVAL_BATCHES, name, group);
  }

  /** Waits until the packer has written all held-out batches, and reads them. */
  void load() {
    for (Batch batch = stream.next().batch();
        !batch.getEndOfStream();
        batch = stream.next().batch()) {
      batches.add(batch);
    }
  }

  /**
   * Scores a model.
   *
   * @return {@code accuracy}, {@code evalLoss} (mean, in nats) and {@code evalRows}; empty when
   *     there are no held-out batches
   */
  Map<String, Double> evaluate(Transformer model) {
    long rows = 0;
    long correct = 0;
    double loss = 0;
    for (Batch batch : batches) {
      try (TokenBatch tokens = TokenBatch.of(model.kernels().manager(), batch)) {
        Evaluation evaluation = model.evaluate(tokens);
        int count = evaluation.predictions().length;
        rows += count;
        loss += evaluation.loss() * count;
        correct += correct(evaluation.predictions(), tokens.classes());
      }
    }
    return rows == 0
        ? Map.of()
        : Map.of(
            "accuracy", correct / (double) rows,
            "evalLoss", loss / rows,
            "evalRows", (double) rows);
  }

  private static long correct(long[] predictions, long[] classes) {
    return IntStream.range(0, classes.length).filter(i -> predictions[i] == classes[i]).count();
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
