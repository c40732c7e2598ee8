package dev.rivulet.schemas.tensor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.schemas.record.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A writer of safetensors files. The same tensors give the same bytes, in the order of the format's
 * reference: wide elements first, then by name.
 */
public final class SafetensorsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The data section starts at a multiple of this. */
  private static final int ALIGNMENT = 8;

  private static final Comparator<Tensor> ORDER =
      Comparator.comparing((Tensor tensor) -> ElementType.of(tensor.dtype()))
          .reversed()
          .thenComparing(Tensor::name);

  /**
   * A tensor to write.
   *
   * @param name name of the tensor
   * @param dtype type of its elements
   * @param shape shape, outermost first
   * @param data asked once, when the tensor's turn comes; its remaining bytes are the little-endian
   *     elements, row by row
   */
  public record Tensor(String name, DType dtype, List<Long> shape, Supplier<ByteBuffer> data) {

    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Returns an F32 tensor of some floats. */
    public static Tensor of(String name, List<Long> shape, float[] floats) {
      return drawn(name, shape, () -> floats);
    }

    /** Returns an F32 tensor of floats that are made when its turn comes. */
    public static Tensor drawn(String name, List<Long> shape, Supplier<float[]> floats) {
      return new Tensor(name, DType.F32, shape, () -> littleEndian(floats.get()));
    }

    /**
     * Returns the bytes of the data.
     *
     * @throws ArithmeticException when they do not fit a long
     */
    public long bytes() {
      return shape.stream().reduce((long) ElementType.of(dtype).bytes(), Math::multiplyExact);
    }

    private static ByteBuffer littleEndian(float[] floats) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.multiplyExact(floats.length, Float.BYTES))
              .order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(floats);
      return bytes;
    }
  }

  private SafetensorsWriter() {}

  /**
   * Writes a file, whole or not at all: the tensors go to a neighbour that then takes its name. One
   * tensor's data is held at a time.
   *
   * @throws IOException when the file cannot be written; an older one is then still there
   * @throws IllegalArgumentException when two tensors have one name, or a tensor's data is not as
   *     long as its type and shape say
   */
  public static void write(Path file, Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    List<Tensor> ordered = tensors.stream().sorted(ORDER).toList();
    ByteBuffer header = header(file, metadata, ordered);
    Path whole = file.toAbsolutePath();
    Path part = whole.resolveSibling(whole.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        writeAll(channel, header);
        for (Tensor tensor : ordered) {
          writeAll(channel, data(file, tensor));
        }
        channel.force(true);
      }
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static ByteBuffer header(Path file, Map<String, String> metadata, List<Tensor> ordered)
      throws IOException {
    ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(SafetensorsHeader.METADATA);
      new TreeMap<>(metadata).forEach(node::put);
    }
    Set<String> names = new HashSet<>(Set.of(SafetensorsHeader.METADATA));
    long begin = 0;
    for (Tensor tensor : ordered) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException(
            "%s: the name '%s' is taken".formatted(file, tensor.name()));
      }
      long end = Math.addExact(begin, tensor.bytes());
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", tensor.dtype().name());
      tensor.shape().forEach(node.putArray("shape")::add);
      node.putArray("data_offsets").add(begin).add(end);
      begin = end;
    }
    byte[] json = JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] spaces = new byte[padded - json.length];
    Arrays.fill(spaces, (byte) ' ');
    return ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(padded)
        .put(json)
        .put(spaces)
        .flip();
  }

  private static ByteBuffer data(Path file, Tensor tensor) {
    ByteBuffer data = tensor.data().get();
    if (data.remaining() != tensor.bytes()) {
      throw new IllegalArgumentException(
          "%s, tensor '%s': %d bytes, but %s %s takes %d"
              .formatted(
                  file,
                  tensor.name(),
                  data.remaining(),
                  tensor.dtype(),
                  tensor.shape(),
                  tensor.bytes()));
    }
    return data;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
