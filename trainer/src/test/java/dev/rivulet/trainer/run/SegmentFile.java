package dev.rivulet.trainer.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The first segment of a partition in the data of a running broker, which a test damages and
 * repairs. Batches are of Kafka's format 2, not compressed.
 */
final class SegmentFile implements AutoCloseable {
  private static final int LENGTH_AT = 8;
  private static final int CRC_AT = 17;
  private static final int ATTRIBUTES_AT = 21;
  private static final int COUNT_AT = 57;
  private static final int RECORDS_AT = 61;

  private final FileChannel file;

  /** A part of the file. */
  record Span(long at, int size) {
    /** Returns the span of one byte in this span. */
    Span byteAt(int index) {
      return new Span(at + index, 1);
    }
  }

  /** A record in the file: its batch and its parts. */
  record Found(Span batch, Span key, Span value, Span headers) {}

  /** The check while the file is damaged. */
  interface Body {
    void run() throws Exception;
  }

  SegmentFile(Path data, String topic) {
    Path segment = data.resolve(topic + "-0").resolve("00000000000000000000.log");
    try {
      file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Finds a record by its offset. */
  Found find(long offset) {
    long at = 0;
    while (true) {
      ByteBuffer header = read(new Span(at, RECORDS_AT));
      int size = header.getInt(LENGTH_AT) + LENGTH_AT + Integer.BYTES;
      long base = header.getLong(0);
      ByteBuffer batch = read(new Span(at, size));
      batch.position(RECORDS_AT);
      for (int i = 0; i < header.getInt(COUNT_AT); i++) {
        int length = varint(batch);
        int end = batch.position() + length;
        batch.get(); // attributes
        skipVarlong(batch);
        if (base + varint(batch) == offset) {
          Span key = field(batch, at);
          Span value = field(batch, at);
          Span headers = new Span(at + batch.position(), end - batch.position());
          return new Found(new Span(at, size), key, value, headers);
        }
        batch.position(end);
      }
      at += size;
    }
  }

  private static Span field(ByteBuffer batch, long batchAt) {
    int size = varint(batch);
    Span span = new Span(batchAt + batch.position(), size);
    batch.position(batch.position() + size);
    return span;
  }

  private static int varint(ByteBuffer bytes) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value >>> 1 ^ -(value & 1);
      }
    }
  }

  private static void skipVarlong(ByteBuffer bytes) {
    while (bytes.get() < 0) {
      // The high bit means that more bytes follow.
    }
  }

  /** Flips a bit of a byte, and corrects the checksum of the batch. */
  void flip(Span batch, Span one, Body body) {
    write(batch, one, flipped(one), body);
  }

  /** Flips a bit of a byte without a new checksum of the batch. */
  void flipRaw(Span one, Body body) {
    byte[] before = bytes(one);
    put(one.at(), flipped(one));
    run(body, () -> put(one.at(), before));
  }

  private byte[] flipped(Span one) {
    byte[] flipped = bytes(one);
    flipped[0] ^= 0x01;
    return flipped;
  }

  /** Writes other bytes of the same length, and corrects the checksum of the batch. */
  void write(Span batch, Span span, byte[] bytes, Body body) {
    byte[] before = bytes(span);
    Span checksum = new Span(batch.at() + CRC_AT, Integer.BYTES);
    byte[] checksumBefore = bytes(checksum);
    put(span.at(), bytes);
    CRC32C crc = new CRC32C();
    crc.update(read(new Span(batch.at() + ATTRIBUTES_AT, batch.size() - ATTRIBUTES_AT)));
    put(checksum.at(), ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
    run(
        body,
        () -> {
          put(span.at(), before);
          put(checksum.at(), checksumBefore);
        });
  }

  private static void run(Body body, Runnable mend) {
    try {
      body.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    } finally {
      mend.run();
    }
  }

  byte[] bytes(Span span) {
    return read(span).array();
  }

  private ByteBuffer read(Span span) {
    ByteBuffer bytes = ByteBuffer.allocate(span.size());
    try {
      while (bytes.hasRemaining()) {
        if (file.read(bytes, span.at() + bytes.position()) < 0) {
          throw new IOException("the segment ends before " + span);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.flip();
  }

  private void put(long at, byte[] bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        file.write(buffer, at + buffer.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
