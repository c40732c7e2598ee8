package dev.rivulet.schemas.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/**
 * A codec of record values. Records travel in Avro's single-object encoding: the bytes C3 01, the
 * little-endian CRC-64-AVRO fingerprint of the writer's schema, and the Avro binary body.
 *
 * <p>Records written with any published version of a schema can be read: the versions are resources
 * of this module, see {@link SchemaHistory}. Codecs are thread-safe.
 *
 * @param <T> the value type
 */
public final class AvroCodec<T> {
  // Avro decodes into classes of trusted packages only: those of the records that have a codec.
  private static final Set<String> TRUSTED_PACKAGES = ConcurrentHashMap.newKeySet();

  static {
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(),
            type -> TRUSTED_PACKAGES.contains(type.getPackageName())));
  }

  private interface Encoder<T> {
    byte[] encode(T value) throws IOException;
  }

  private interface Decoder<T> {
    T decode(byte[] bytes) throws IOException;
  }

  private final Encoder<T> encoder;
  private final Decoder<T> decoder;

  private AvroCodec(Encoder<T> encoder, Decoder<T> decoder) {
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /** Returns the codec of a generated record class, whose package is trusted from here on. */
  public static <T extends SpecificRecord> AvroCodec<T> of(Class<T> type) {
    TRUSTED_PACKAGES.add(type.getPackageName());
    SpecificData data = SpecificData.getForClass(type);
    Schema schema = data.getSchema(type);
    BinaryMessageEncoder<T> encoder = new BinaryMessageEncoder<>(data, schema);
    BinaryMessageDecoder<T> decoder =
        new BinaryMessageDecoder<>(data, schema, SchemaHistory.of(schema));
    return new AvroCodec<>(value -> bytes(encoder.encode(value)), decoder::decode);
  }

  /** Returns the codec that leaves bytes as they are. */
  public static AvroCodec<byte[]> raw() {
    return new AvroCodec<>(bytes -> bytes, bytes -> bytes);
  }

  /**
   * Returns the bytes of a value.
   *
   * @throws SerializationException when the value does not fit its schema
   */
  public byte[] encode(T value) {
    try {
      return encoder.encode(value);
    } catch (IOException | AvroRuntimeException e) {
      throw new SerializationException("not encodable: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the value of some bytes.
   *
   * @throws SerializationException when they are not a record of this type
   */
  public T decode(byte @Nullable [] bytes) {
    if (bytes == null) {
      throw new SerializationException("no value");
    }
    try {
      return decoder.decode(bytes);
    } catch (IOException | RuntimeException e) {
      // Avro throws runtime exceptions of many kinds on foreign bytes.
      throw new SerializationException("not a readable record: " + e.getMessage(), e);
    }
  }

  /** Returns this codec as a Kafka serde. */
  public Serde<T> serde() {
    return Serdes.serdeFrom(
        (topic, value) -> value == null ? null : encode(value),
        (topic, bytes) -> bytes == null ? null : decode(bytes));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
