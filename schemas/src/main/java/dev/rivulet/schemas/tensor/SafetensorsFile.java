package dev.rivulet.schemas.tensor;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Sha256;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An open safetensors file: named tensors, read where they lie, in pieces or as views.
 *
 * <p>The file may be larger than 2 GB; a single tensor may not. Reading is thread-safe. Views stay
 * valid after {@link #close}; the mapping goes when the last view is collected.
 *
 * <pre>{@code
 * try (SafetensorsFile file = SafetensorsFile.open(Path.of("model.safetensors"))) {
 *   float[] bias = file.floats("encoder.layer.0.output.dense.bias");
 * }
 * }</pre>
 */
public final class SafetensorsFile implements AutoCloseable {

  /**
   * A tensor of the file.
   *
   * @param name name of the tensor
   * @param type type of its elements, as the file says
   * @param shape shape, outermost first; empty for a scalar
   * @param begin first byte, from the start of the data section
   * @param end byte after the last
   */
  public record Entry(String name, ElementType type, List<Long> shape, long begin, long end) {

    /** Returns the bytes that the tensor takes. */
    public long bytes() {
      return end - begin;
    }

    /**
     * Returns the number of elements.
     *
     * @throws ArithmeticException when it does not fit a long
     */
    public long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * Returns the element type as the log spells it.
     *
     * @throws UsageException when the log has no such tensors
     */
    public DType dtype() {
      return type.dtype()
          .orElseThrow(
              () ->
                  new UsageException(
                      "tensor '%s' is %s: only F32, BF16, F16, I32, I64 and U8 are read"
                          .formatted(name, type)));
    }
  }

  /** Bytes of a piece: a multiple of every element's. */
  private static final int PIECE = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws IOException when the file is missing, or not a sound safetensors file; the message
   *     names it, the tensor, and what is wrong
   */
  public static SafetensorsFile open(Path path) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(path.toString(), null, "no such file");
    }
    try {
      return new SafetensorsFile(path, channel, SafetensorsHeader.read(path, channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Returns the file's path. */
  public Path path() {
    return path;
  }

  /** Returns the tensors by name, in the order of their data. */
  public Map<String, Entry> entries() {
    return Collections.unmodifiableMap(header.entries());
  }

  /** Returns the free-form strings of the header. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * Returns a tensor's entry.
   *
   * @throws UsageException when the file has no such tensor
   */
  public Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new UsageException("%s has no tensor '%s'".formatted(path, name));
    }
    return entry;
  }

  /**
   * Returns a read-only, little-endian view of a tensor's bytes, row by row.
   *
   * @throws UsageException when the file has no such tensor, or it is 2 GB or larger
   * @throws DamageException when the file cannot be mapped
   */
  public ByteBuffer bytes(String name) {
    Entry entry = entry(name);
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw new UsageException(
          "%s, tensor '%s': %d bytes are more than one view can hold"
              .formatted(path, name, entry.bytes()));
    }
    try {
      return channel
          .map(MapMode.READ_ONLY, header.dataStart() + entry.begin(), entry.bytes())
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new DamageException("%s, tensor '%s': %s".formatted(path, name, e.getMessage()), e);
    }
  }

  /**
   * Reads a tensor's bytes, row by row, in little-endian pieces of whole elements. Of a tensor
   * however large, one piece is in memory at a time; a view's pages stay until the garbage
   * collector comes by.
   *
   * @param reader gets a buffer that is its own until it returns
   * @throws UsageException when the file has no such tensor
   * @throws DamageException when the file cannot be read, or has become shorter
   */
  private void forEachPiece(String name, Consumer<ByteBuffer> reader) {
    Entry entry = entry(name);
    ByteBuffer piece =
        ByteBuffer.allocate((int) Math.min(entry.bytes(), PIECE)).order(ByteOrder.LITTLE_ENDIAN);
    try {
      for (long done = 0; done < entry.bytes(); done += piece.limit()) {
        piece.clear().limit((int) Math.min(entry.bytes() - done, PIECE));
        fill(piece, header.dataStart() + entry.begin() + done);
        reader.accept(piece.flip());
      }
    } catch (IOException e) {
      throw new DamageException("%s, tensor '%s': %s".formatted(path, name, e.getMessage()), e);
    }
  }

  /**
   * Returns the digest of a tensor's little-endian bytes.
   *
   * @throws UsageException when the file has no such tensor
   */
  public Sha256 sha256(String name) {
    Digests.Running sha256 = Digests.running();
    forEachPiece(name, sha256::add);
    return sha256.end();
  }

  private void fill(ByteBuffer piece, long position) throws IOException {
    while (piece.hasRemaining()) {
      if (channel.read(piece, position + piece.position()) < 0) {
        throw new EOFException("the file ends early");
      }
    }
  }

  /**
   * Returns a copy of a tensor's elements, widened to float without loss.
   *
   * @throws UsageException when the file has no such tensor, or it is not F32, BF16, F16
   */
  public float[] floats(String name) {
    float[] floats = new float[Math.toIntExact(entry(name).elements())];
    floats(name, FloatBuffer.wrap(floats));
    return floats;
  }

  /**
   * Puts a tensor's elements into a buffer, widened to float without loss.
   *
   * @throws UsageException when the file has no such tensor, or it is not F32, BF16, F16
   * @throws java.nio.BufferOverflowException when the buffer is too small
   */
  public void floats(String name, FloatBuffer floats) {
    ElementType type = entry(name).type();
    if (type == ElementType.F32) {
      forEachPiece(name, piece -> floats.put(piece.asFloatBuffer()));
    } else if (type == ElementType.BF16) {
      forEachPiece(name, piece -> widen(piece, Bfloat16::fromBits, floats));
    } else if (type == ElementType.F16) {
      forEachPiece(name, piece -> widen(piece, Half::toFloat, floats));
    } else {
      throw wrongType(name, type, "F32, BF16 or F16");
    }
  }

  /** How 16 bits are widened. */
  private interface Widening {
    float of(short bits);
  }

  private static void widen(ByteBuffer piece, Widening widening, FloatBuffer floats) {
    while (piece.hasRemaining()) {
      floats.put(widening.of(piece.getShort()));
    }
  }

  /**
   * Returns a copy of a tensor's whole numbers.
   *
   * @throws UsageException when the file has no such tensor, or it is not I64, I32, U8
   */
  public long[] longs(String name) {
    ElementType type = entry(name).type();
    ByteBuffer bytes = bytes(name);
    long[] longs = new long[bytes.remaining() / type.bytes()];
    if (type == ElementType.I64) {
      bytes.asLongBuffer().get(longs);
    } else if (type == ElementType.I32) {
      for (int i = 0; i < longs.length; i++) {
        longs[i] = bytes.getInt(4 * i);
      }
    } else if (type == ElementType.U8) {
      for (int i = 0; i < longs.length; i++) {
        longs[i] = Byte.toUnsignedLong(bytes.get(i));
      }
    } else {
      throw wrongType(name, type, "I64, I32 or U8");
    }
    return longs;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private UsageException wrongType(String name, ElementType type, String wanted) {
    return new UsageException("%s, tensor '%s' is %s, not %s".formatted(path, name, type, wanted));
  }
}
