package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
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
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * A tensor on its way into the log: its chunks have been handed to the producer, their offsets are
 * not known yet.
 */
public final class TensorPublication {
  /** Data bytes of a chunk: fits the default limits of brokers and clients, and is fast. */
  public static final int CHUNK_BYTES = 900_000;

  private record Sent(Future<RecordMetadata> metadata, int size, Sha256 sha256) {}

  private final String name;
  private final DType dtype;
  private final List<Long> shape;
  private final Sha256 sha256;
  private final List<Sent> chunks = new ArrayList<>();

  private TensorPublication(String name, DType dtype, List<Long> shape, Sha256 sha256) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.sha256 = sha256;
  }

  /**
   * Sends the chunks of a tensor.
   *
   * @param producer in an open transaction
   * @param name name of the tensor, unique in its checkpoint
   * @param shape outermost first
   * @param bytes little-endian, row-major; must not change before the producer is flushed
   */
  public static TensorPublication send(
      KafkaCluster cluster,
      Producer<String, byte[]> producer,
      Topic<TensorChunk> topic,
      String run,
      String checkpoint,
      String name,
      DType dtype,
      List<Long> shape,
      byte[] bytes) {
    TensorPublication publication =
        new TensorPublication(name, dtype, shape, Digests.sha256(bytes));
    int count = Math.max(1, (bytes.length + CHUNK_BYTES - 1) / CHUNK_BYTES);
    for (int index = 0; index < count; index++) {
      int from = index * CHUNK_BYTES;
      int size = Math.min(CHUNK_BYTES, bytes.length - from);
      ByteBuffer data = ByteBuffer.wrap(bytes, from, size).slice();
      TensorChunk chunk = new TensorChunk(run, name, checkpoint, index, count, data);
      publication.chunks.add(
          new Sent(
              producer.send(cluster.record(topic, RunKey.of(run, name), chunk)),
              size,
              Digests.sha256(data)));
    }
    return publication;
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
        throw new KafkaException("tensor %s could not be written".formatted(name), e.getCause());
      }
    }
    return new TensorRef(name, dtype, shape, sha256, refs);
  }
}
