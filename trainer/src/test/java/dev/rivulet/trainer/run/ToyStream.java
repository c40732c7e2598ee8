package dev.rivulet.trainer.run;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * A stream of learnable batches: the label of a row states whether its first token is in the upper
 * half of the vocabulary.
 */
public final class ToyStream {
  public static final int ROWS = 8;
  private static final int LENGTH = 8;

  private ToyStream() {}

  /**
   * Publishes a bounded stream with held-out batches.
   *
   * @param batches training batches
   * @param poisoned indices of the batches with the token whose embedding is NaN
   */
  public static void publish(
      KafkaCluster cluster, String stream, int batches, Set<Integer> poisoned) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("toy-stream", null)) {
      send(producer, cluster, Topics.EVAL_BATCHES, stream, 0, 6, Set.of());
      end(producer, cluster, Topics.EVAL_BATCHES, stream, 6);
      send(producer, cluster, Topics.BATCHES, stream, 0, batches, poisoned);
      end(producer, cluster, Topics.BATCHES, stream, batches);
    }
  }

  /** Publishes the first batches of an open stream. */
  public static void publishOpen(KafkaCluster cluster, String stream, int batches) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("toy-stream", null)) {
      send(producer, cluster, Topics.EVAL_BATCHES, stream, 0, 6, Set.of());
      end(producer, cluster, Topics.EVAL_BATCHES, stream, 6);
      send(producer, cluster, Topics.BATCHES, stream, 0, batches, Set.of());
    }
  }

  /** Publishes the first batches of an endless stream, after its held-out batches. */
  public static void publishEndless(KafkaCluster cluster, String stream, int heldOut, int batches) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("toy-stream", null)) {
      send(producer, cluster, Topics.EVAL_BATCHES, stream, 0, heldOut, Set.of());
      send(producer, cluster, Topics.BATCHES, stream, 0, batches, Set.of());
    }
  }

  /** Publishes more batches of an open stream. */
  public static void publishRest(KafkaCluster cluster, String stream, int from, int to) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("toy-stream", null)) {
      send(producer, cluster, Topics.BATCHES, stream, from, to, Set.of());
    }
  }

  private static void send(
      KafkaProducer<String, byte[]> producer,
      KafkaCluster cluster,
      Topic<Batch> topic,
      String stream,
      int from,
      int to,
      Set<Integer> poisoned) {
    for (int index = from; index < to; index++) {
      var unused =
          producer.send(
              cluster.record(
                  topic, stream, batch(topic.name(), stream, index, poisoned.contains(index))));
    }
  }

  private static void end(
      KafkaProducer<String, byte[]> producer,
      KafkaCluster cluster,
      Topic<Batch> topic,
      String stream,
      int index) {
    Batch end =
        Batch.newBuilder(batch(topic.name(), stream, index, false))
            .setRows(0)
            .setEndOfStream(true)
            .build();
    var unused = producer.send(cluster.record(topic, stream, end));
  }

  private static Batch batch(String topic, String stream, int index, boolean poisoned) {
    KeyedRandom random = KeyedRandom.of(3, topic, "toy", index);
    int[] ids = new int[ROWS * LENGTH];
    int[] labels = new int[ROWS];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) (random.uniform(i) * (SmallBert.VOCABULARY - 1));
    }
    for (int row = 0; row < ROWS; row++) {
      labels[row] = ids[row * LENGTH] < SmallBert.VOCABULARY / 2 ? 0 : 1;
    }
    if (poisoned) {
      ids[LENGTH + 1] = SmallBert.POISON;
    }
    byte[] mask = new byte[ids.length];
    Arrays.fill(mask, (byte) 1);
    return Batch.newBuilder()
        .setStream(stream)
        .setDataEpoch(0)
        .setIndex(index)
        .setTask(Task.CLASSIFICATION)
        .setRows(ROWS)
        .setLength(LENGTH)
        .setTokenIds(ByteBuffer.wrap(LittleEndian.bytes(ids)))
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(ByteBuffer.wrap(LittleEndian.bytes(labels)))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }
}
