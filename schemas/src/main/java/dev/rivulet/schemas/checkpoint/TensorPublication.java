package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * A tensor on its way into the log: its chunks have been handed to the producer, their offsets are
 * not known yet.
 */
public final class TensorPublication {
  private record Sent(Future<RecordMetadata> metadata, int size, Sha256 sha256) {}

  private final ChunkedTensor tensor;
  private final List<Sent> chunks = new ArrayList<>();
  private final Sha256 sha256;

  private TensorPublication(
      KafkaCluster cluster,
      Producer<String, byte[]> producer,
      Topic<TensorChunk> topic,
      String run,
      String checkpoint,
      ChunkedTensor tensor) {
    this.tensor = tensor;
    Digests.Running whole = Digests.running();
    for (int index = 0; index < tensor.chunks(); index++) {
      byte[] data = tensor.chunk(index);
      whole.add(data);
      TensorChunk chunk =
          new TensorChunk(
              run, tensor.name(), checkpoint, index, tensor.chunks(), ByteBuffer.wrap(data));
      chunks.add(
          sendChunk(producer, cluster.record(topic, RunKey.of(run, tensor.name()), chunk), data));
    }
    sha256 = whole.end();
  }

  private static Sent sendChunk(
      Producer<String, byte[]> producer, ProducerRecord<String, byte[]> record, byte[] data) {
    return new Sent(producer.send(record), data.length, Digests.sha256(data));
  }

  /**
   * Sends the chunks of a tensor, one after the other: waits while the producer has no room for the
   * next.
   *
   * @param producer in an open transaction
   */
  public static TensorPublication send(
      KafkaCluster cluster,
      Producer<String, byte[]> producer,
      Topic<TensorChunk> topic,
      String run,
      String checkpoint,
      ChunkedTensor tensor) {
    return new TensorPublication(cluster, producer, topic, run, checkpoint, tensor);
  }

  /**
   * Returns where the tensor lies; waits for the broker, so flush the producer first.
   *
   * @throws KafkaException when a chunk could not be written; the transaction must be aborted
   */
  public TensorRef ref() {
    List<ChunkRef> refs = new ArrayList<>();
    for (Sent chunk : chunks) {
      try {
        RecordMetadata at = chunk.metadata().get();
        refs.add(
            new ChunkRef(at.topic(), at.partition(), at.offset(), chunk.size(), chunk.sha256()));
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      } catch (ExecutionException e) {
        throw new KafkaException(
            "tensor %s could not be written".formatted(tensor.name()), e.getCause());
      }
    }
    return new TensorRef(tensor.name(), tensor.dtype(), tensor.shape(), sha256, refs);
  }
}
