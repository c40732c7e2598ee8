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
import org.apache.kafka.clients.producer.KafkaProducer;

/** A bounded stream for language models: tokens that count up from a random token. */
final class ToyText {
  private static final int ROWS = 4;
  private static final int LENGTH = 8;
  private static final int VOCABULARY = 256;

  private ToyText() {}

  /** Publishes a stream with held-out batches. */
  static void publish(KafkaCluster cluster, String stream, int batches) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("toy-text", null)) {
      send(producer, cluster, Topics.EVAL_BATCHES, stream, 2);
      send(producer, cluster, Topics.BATCHES, stream, batches);
    }
  }

  private static void send(
      KafkaProducer<String, byte[]> producer,
      KafkaCluster cluster,
      Topic<Batch> topic,
      String stream,
      int batches) {
    for (int index = 0; index <= batches; index++) {
      Batch batch = batch(topic.name(), stream, index);
      Batch next =
          index < batches ? batch : Batch.newBuilder(batch).setRows(0).setEndOfStream(true).build();
      var unused = producer.send(cluster.record(topic, stream, next));
    }
  }

  private static Batch batch(String topic, String stream, int index) {
    KeyedRandom random = KeyedRandom.of(5, topic, "text", index);
    int[] ids = new int[ROWS * LENGTH];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = ((int) (random.uniform(i / LENGTH) * VOCABULARY) + i % LENGTH) % VOCABULARY;
    }
    byte[] mask = new byte[ids.length];
    Arrays.fill(mask, (byte) 1);
    return Batch.newBuilder()
        .setStream(stream)
        .setDataEpoch(0)
        .setIndex(index)
        .setTask(Task.CAUSAL_LM)
        .setRows(ROWS)
        .setLength(LENGTH)
        .setTokenIds(ByteBuffer.wrap(LittleEndian.bytes(ids)))
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(ByteBuffer.wrap(LittleEndian.bytes(ids)))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }
}
