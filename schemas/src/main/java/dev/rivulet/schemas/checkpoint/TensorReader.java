package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;

/**
 * A reader of tensors by the references of a manifest; every byte is checked against its SHA-256.
 *
 * <p>References in the order of the log are read in one sweep: a seek happens only where the next
 * chunk lies before the last one, or beyond what has been fetched. Not thread-safe.
 */
public final class TensorReader implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Consumer<String, byte[]> consumer;
  private final Set<TopicPartition> assigned = new HashSet<>();
  private final Map<TopicPartition, Deque<ConsumerRecord<String, byte[]>>> fetched =
      new HashMap<>();

  public TensorReader(KafkaCluster cluster) {
    consumer = cluster.consumer("rivulet-tensor-reader");
  }

  /**
   * Returns the values of an F32 tensor.
   *
   * @throws DamagedTensorException when a chunk is missing, foreign or altered
   */
  public float[] floats(TensorRef ref) {
    if (ref.getDtype() != DType.F32) {
      throw new IllegalArgumentException(
          "tensor %s is %s, not F32".formatted(ref.getName(), ref.getDtype()));
    }
    return LittleEndian.floats(ByteBuffer.wrap(bytes(ref)));
  }

  /**
   * Returns the bytes of a tensor.
   *
   * @throws DamagedTensorException when a chunk is missing, foreign or altered
   */
  public byte[] bytes(TensorRef ref) {
    int size = ref.getChunks().stream().mapToInt(ChunkRef::getSize).reduce(0, Math::addExact);
    ByteBuffer all = ByteBuffer.allocate(size);
    for (int index = 0; index < ref.getChunks().size(); index++) {
      ChunkRef at = ref.getChunks().get(index);
      TensorChunk chunk = chunk(ref.getName(), at);
      if (!chunk.getTensor().equals(ref.getName()) || chunk.getIndex() != index) {
        throw new DamagedTensorException(
            ref.getName(), at, "it holds chunk %d of %s".formatted(index, chunk.getTensor()));
      }
      if (chunk.getData().remaining() != at.getSize()
          || !Digests.sha256(chunk.getData()).equals(at.getSha256())) {
        throw new DamagedTensorException(ref.getName(), at, "its SHA-256 is not the manifest's");
      }
      all.put(chunk.getData());
    }
    if (!Digests.sha256(all.flip()).equals(ref.getSha256())) {
      throw new DamagedTensorException(
          ref.getName(), ref.getChunks().get(0), "the SHA-256 of all chunks is not the manifest's");
    }
    return all.array();
  }

  private TensorChunk chunk(String tensor, ChunkRef at) {
    ConsumerRecord<String, byte[]> record = record(tensor, at);
    try {
      return Topics.FACTORS.decode(record);
    } catch (SerializationException e) {
      throw new DamagedTensorException(tensor, at, "it holds no chunk");
    }
  }

  private ConsumerRecord<String, byte[]> record(String tensor, ChunkRef at) {
    TopicPartition partition = new TopicPartition(at.getTopic(), at.getPartition());
    if (assigned.add(partition)) {
      consumer.assign(assigned);
      consumer.seek(partition, at.getOffset());
    }
    Deque<ConsumerRecord<String, byte[]>> queue =
        fetched.computeIfAbsent(partition, key -> new ArrayDeque<>());
    while (!queue.isEmpty() && queue.element().offset() < at.getOffset()) {
      queue.remove();
    }
    long next = queue.isEmpty() ? consumer.position(partition) : queue.element().offset();
    if (next != at.getOffset()) {
      queue.clear();
      consumer.seek(partition, at.getOffset());
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (queue.isEmpty() && System.nanoTime() < deadline) {
      poll(tensor, at);
    }
    ConsumerRecord<String, byte[]> record = queue.poll();
    if (record == null || record.offset() != at.getOffset()) {
      throw new DamagedTensorException(tensor, at, "no such record");
    }
    return record;
  }

  private void poll(String tensor, ChunkRef at) {
    try {
      consumer
          .poll(Duration.ofMillis(200))
          .forEach(
              record ->
                  fetched
                      .computeIfAbsent(
                          new TopicPartition(record.topic(), record.partition()),
                          key -> new ArrayDeque<>())
                      .add(record));
    } catch (OffsetOutOfRangeException e) {
      throw new DamagedTensorException(tensor, at, "retention or a truncation removed it");
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
