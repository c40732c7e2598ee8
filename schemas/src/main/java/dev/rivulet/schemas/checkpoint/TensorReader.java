package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * A reader of tensors by the references of a manifest; every byte is checked against its SHA-256.
 *
 * <p>References in the order of the log are read in one sweep: a seek happens only where the next
 * chunk lies before the last one, or beyond what has been fetched. Not thread-safe.
 *
 * <p>Where the broker cannot be reached, its methods throw Kafka's timeout: that is not damage, and
 * a retry may help.
 */
public final class TensorReader implements AutoCloseable {
  private final ChunkRecords records;

  public TensorReader(KafkaCluster cluster) {
    records = new ChunkRecords(cluster);
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
    forEachChunk(ref, chunk -> all.put(chunk.getData().duplicate()));
    return all.array();
  }

  /**
   * Reads a tensor chunk by chunk, so that no more than one is in memory.
   *
   * @param each called with each chunk, once its own bytes have been checked; the hash of all of
   *     them is checked at the end
   * @throws DamagedTensorException when a chunk is missing, foreign or altered
   */
  public void forEachChunk(TensorRef ref, Consumer<TensorChunk> each) {
    List<ChunkRef> chunks = ref.getChunks();
    MessageDigest whole = Digests.algorithm();
    for (int index = 0; index < chunks.size(); index++) {
      TensorChunk chunk = chunk(ref, index);
      whole.update(chunk.getData().duplicate());
      each.accept(chunk);
    }
    if (!new Sha256(whole.digest()).equals(ref.getSha256())) {
      throw new DamagedTensorException(
          ref.getName(), chunks.get(0), "the SHA-256 of all chunks is not the manifest's");
    }
  }

  private TensorChunk chunk(TensorRef ref, int index) {
    ChunkRef at = ref.getChunks().get(index);
    ConsumerRecord<String, byte[]> record = records.read(ref.getName(), at);
    TensorChunk chunk;
    try {
      chunk = Topics.FACTORS.decode(record);
    } catch (SerializationException e) {
      throw new DamagedTensorException(ref.getName(), at, "it holds no chunk");
    }
    if (!chunk.getTensor().equals(ref.getName())
        || chunk.getIndex() != index
        || chunk.getCount() != ref.getChunks().size()
        || !RunKey.of(chunk.getRun(), chunk.getTensor()).equals(record.key())) {
      throw new DamagedTensorException(
          ref.getName(),
          at,
          "it holds chunk %d of %d of tensor %s of run %s under the key %s; chunk %d of %d was to be there"
              .formatted(
                  chunk.getIndex(),
                  chunk.getCount(),
                  chunk.getTensor(),
                  chunk.getRun(),
                  record.key(),
                  index,
                  ref.getChunks().size()));
    }
    if (chunk.getData().remaining() != at.getSize()) {
      throw new DamagedTensorException(
          ref.getName(),
          at,
          "%d bytes, and the manifest says %d"
              .formatted(chunk.getData().remaining(), at.getSize()));
    }
    if (!Digests.sha256(chunk.getData()).equals(at.getSha256())) {
      throw new DamagedTensorException(ref.getName(), at, "its SHA-256 is not the manifest's");
    }
    return chunk;
  }

  @Override
  public void close() {
    records.close();
  }
}
