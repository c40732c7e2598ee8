package dev.rivulet.schemas.topic;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The label on rejected input in {@link Topics#DEAD_LETTERS}: why it was rejected and where it came
 * from. It travels in the headers {@code reason}, {@code part} and either {@code file}, {@code
 * line} or {@code topic}, {@code partition}, {@code offset}, all of them UTF-8 text; the value is
 * the input's original bytes.
 *
 * @param reason what was wrong, for people
 * @param origin where the input came from
 * @param part 0, or the ordinal of a later piece of an input too long for one record; the pieces
 *     follow each other and together are the original bytes
 */
public record DeadLetter(String reason, Origin origin, int part) {
  /** Bytes of a value; longer input is laid down in pieces. */
  public static final int MAX_BYTES = 1_000_000;

  /** Where rejected input came from. */
  public sealed interface Origin {}

  /**
   * A line of a file.
   *
   * @param file path, or {@code stdin}
   * @param line from 1
   */
  public record Line(String file, long line) implements Origin {}

  /** A record of a topic, by the topic's full name. */
  public record Offset(String topic, int partition, long offset) implements Origin {}

  /**
   * Returns the records that lay input down: one, or one per piece.
   *
   * @param key key of the input, as read
   * @param bytes original bytes of the input, or of its piece {@code part}; none are laid down as
   *     an empty value
   */
  public List<ProducerRecord<String, byte[]>> records(
      KafkaCluster cluster, @Nullable String key, byte @Nullable [] bytes) {
    String topic = cluster.name(Topics.DEAD_LETTERS);
    if (bytes == null || bytes.length <= MAX_BYTES) {
      byte[] value = bytes == null ? new byte[0] : bytes;
      return List.of(new ProducerRecord<>(topic, null, key, value, headers()));
    }
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += MAX_BYTES) {
      byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + MAX_BYTES));
      DeadLetter letter = new DeadLetter(reason, origin, part + from / MAX_BYTES);
      records.add(new ProducerRecord<>(topic, null, key, piece, letter.headers()));
    }
    return records;
  }

  /**
   * Returns the label that a record's headers hold.
   *
   * @throws IllegalArgumentException when one is missing or unreadable: the message names it
   */
  public static DeadLetter of(Headers headers) {
    Origin origin =
        headers.lastHeader("file") != null
            ? new Line(text(headers, "file"), number(headers, "line"))
            : new Offset(
                text(headers, "topic"),
                Math.toIntExact(number(headers, "partition")),
                number(headers, "offset"));
    return new DeadLetter(
        text(headers, "reason"), origin, Math.toIntExact(number(headers, "part")));
  }

  private List<Header> headers() {
    List<Header> headers = new ArrayList<>();
    headers.add(new TextHeader("reason", reason));
    headers.add(new TextHeader("part", Integer.toString(part)));
    if (origin instanceof Line line) {
      headers.add(new TextHeader("file", line.file()));
      headers.add(new TextHeader("line", Long.toString(line.line())));
    } else if (origin instanceof Offset offset) {
      headers.add(new TextHeader("topic", offset.topic()));
      headers.add(new TextHeader("partition", Integer.toString(offset.partition())));
      headers.add(new TextHeader("offset", Long.toString(offset.offset())));
    }
    return headers;
  }

  private static String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    if (header == null) {
      throw new IllegalArgumentException("a dead letter without the header '" + name + "'");
    }
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private static long number(Headers headers, String name) {
    String text = text(headers, name);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "a dead letter whose header '%s' is '%s', not a number".formatted(name, text), e);
    }
  }

  private record TextHeader(String key, String text) implements Header {
    @Override
    public byte[] value() {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }
}
