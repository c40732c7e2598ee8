package dev.rivulet.trainer.eval;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.stream.BatchStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The held-out batches of a stream of samples, as the packer writes them: all of a bounded stream,
 * before its first training batch; of a stream without end, the newest of those that have come.
 *
 * <p>Not thread-safe, except {@link #wakeup}.
 */
final class HeldOutStream implements AutoCloseable {
  /** Batches of a stream without end that count. */
  static final int NEWEST = 128;

  private final BatchStream stream;
  private final Deque<Batch> batches = new ArrayDeque<>();
  private boolean closed;

  /**
   * Opens the held-out batches of a stream, at the beginning.
   *
   * @param group consumer group that lag tools know the reader by
   */
  HeldOutStream(KafkaCluster cluster, String name, String group) {
    stream = new BatchStream(cluster, Topics.EVAL_BATCHES, name, group);
  }

  /**
   * Takes what has come since, without waiting for more.
   *
   * @param endless whether the stream is known to have no end, so that old batches may go
   * @return whether the stream is over: all of its batches are there
   */
  boolean take(boolean endless) {
    while (!closed && stream.hasNext()) {
      Batch batch = stream.next().batch();
      closed = batch.getEndOfStream();
      if (!closed) {
        batches.add(batch);
        if (endless && batches.size() > NEWEST) {
          batches.remove();
        }
      }
    }
    return closed;
  }

  /** Returns the batches taken; the newest of them where the stream has no end. */
  List<Batch> batches() {
    List<Batch> all = List.copyOf(batches);
    return closed ? all : all.subList(Math.max(0, all.size() - NEWEST), all.size());
  }

  /** Makes a waiting {@link #take} throw; from any thread. */
  void wakeup() {
    stream.wakeup();
  }

  @Override
  public void close() {
    stream.close();
  }
}
