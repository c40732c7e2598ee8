package dev.rivulet.schemas.tensor;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.SafetensorsFile.Entry;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The identity of a base model: a SHA-256 over its tensors that knows neither files nor their
 * order.
 *
 * <p>It is taken over one line per tensor, sorted by name, each ended by a line feed:
 *
 * <pre>name dtype shape sha256</pre>
 *
 * with the shape's sizes joined by {@code x} (empty for a scalar) and the SHA-256 of the tensor's
 * little-endian bytes in hex.
 */
public final class BaseHash {
  private BaseHash() {}

  /**
   * Returns the hash, in hex, of the tensors of a model's files. It reads every byte.
   *
   * @throws UsageException when a tensor is in two files
   */
  public static String of(SafetensorsFile... files) {
    Map<String, String> lines = new TreeMap<>();
    for (SafetensorsFile file : files) {
      for (Entry entry : file.entries().values()) {
        if (lines.put(entry.name(), line(file, entry)) != null) {
          throw new UsageException(
              "%s: the tensor '%s' is in another file too".formatted(file.path(), entry.name()));
        }
      }
    }
    return Digests.hex(Digests.sha256(String.join("", lines.values())));
  }

  private static String line(SafetensorsFile file, Entry entry) {
    String shape = entry.shape().stream().map(String::valueOf).collect(Collectors.joining("x"));
    String sha256 = Digests.hex(file.sha256(entry.name()));
    return "%s %s %s %s\n".formatted(entry.name(), entry.type(), shape, sha256);
  }
}
