package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.codec.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;

/**
 * The SHA-256 of a record's value, as hex in a header: it distinguishes a value that was altered
 * from the one that was written.
 */
public final class RecordHash {
  /** Name of the header. */
  public static final String HEADER = "sha256";

  private record HashHeader(String key, String hex) implements Header {
    @Override
    public byte[] value() {
      return hex.getBytes(StandardCharsets.UTF_8);
    }
  }

  private RecordHash() {}

  /** Returns the header for a value. */
  static Header of(byte[] value) {
    return new HashHeader(HEADER, hex(value));
  }

  /** Returns the SHA-256 of a value, in hex. */
  public static String hex(byte[] value) {
    return Digests.hex(Digests.sha256(value));
  }

  /** Returns the SHA-256 in a record's header, in hex; empty when there is none. */
  public static Optional<String> written(ConsumerRecord<?, byte[]> record) {
    Header header = record.headers().lastHeader(HEADER);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }

  /**
   * Checks a record's value, and returns its SHA-256 in hex.
   *
   * @throws SerializationException when there is no value, or its SHA-256 is not the one that was
   *     written beside it
   */
  public static String requireSame(ConsumerRecord<?, byte[]> record) {
    if (record.value() == null) {
      throw new SerializationException("no value");
    }
    String hash = hex(record.value());
    if (!written(record).equals(Optional.of(hash))) {
      throw new SerializationException("its SHA-256 is not the one that was written beside it");
    }
    return hash;
  }
}
