package dev.rivulet.schemas.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.TensorRef;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkedTensorTest {
  private static final int COUNT = 2 * ChunkedTensor.CHUNK_BYTES / Float.BYTES + 3;
  private static final List<Long> SHAPE = List.of((long) COUNT);

  @Test
  void chunk_all_areTheTensorsBytesInOrder() {
    float[] values = values();
    ChunkedTensor tensor = ChunkedTensor.of("w", SHAPE, values);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int index = 0; index < tensor.chunks(); index++) {
      bytes.writeBytes(tensor.chunk(index));
    }
    assertThat(tensor.chunks()).isEqualTo(3);
    assertThat(bytes.toByteArray()).isEqualTo(LittleEndian.bytes(values));
    assertThat(ChunkedTensor.of("w", DType.F32, SHAPE, bytes.toByteArray()).chunk(2))
        .isEqualTo(tensor.chunk(2))
        .hasSize(12);
  }

  @Test
  void chunk_tensorWithoutElements_isOneAndEmpty() {
    ChunkedTensor tensor = ChunkedTensor.of("w", List.of(0L, 4L), new float[0]);
    assertThat(tensor.chunks()).isEqualTo(1);
    assertThat(tensor.chunk(0)).isEmpty();
  }

  @Test
  void isAt_oneBitInTheLastChunk_tellsTensorsApart() {
    TensorRef ref = ref(ChunkedTensor.of("w", SHAPE, values()));
    float[] other = values();
    assertThat(ChunkedTensor.of("w", SHAPE, other).isAt(ref)).isTrue();
    other[COUNT - 1] = Math.nextUp(other[COUNT - 1]);
    assertThat(ChunkedTensor.of("w", SHAPE, other).isAt(ref)).isFalse();
  }

  @Test
  void isAt_anotherNameShapeOrType_isFalse() {
    TensorRef ref = ref(ChunkedTensor.of("w", SHAPE, values()));
    assertThat(ChunkedTensor.of("v", SHAPE, values()).isAt(ref)).isFalse();
    assertThat(ChunkedTensor.of("w", List.of(1L, (long) COUNT), values()).isAt(ref)).isFalse();
    byte[] bytes = LittleEndian.bytes(values());
    assertThat(ChunkedTensor.of("w", DType.I32, SHAPE, bytes).isAt(ref)).isFalse();
    assertThat(ChunkedTensor.of("w", SHAPE, new float[3]).isAt(ref)).isFalse();
  }

  private static float[] values() {
    float[] values = new float[COUNT];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private static TensorRef ref(ChunkedTensor tensor) {
    List<ChunkRef> chunks = new ArrayList<>();
    Digests.Running whole = Digests.running();
    for (int index = 0; index < tensor.chunks(); index++) {
      byte[] bytes = tensor.chunk(index);
      whole.add(bytes);
      chunks.add(new ChunkRef("factors", 0, (long) index, bytes.length, Digests.sha256(bytes)));
    }
    return new TensorRef(tensor.name(), tensor.dtype(), tensor.shape(), whole.end(), chunks);
  }
}
