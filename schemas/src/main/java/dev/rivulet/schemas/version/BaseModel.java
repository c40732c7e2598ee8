package dev.rivulet.schemas.version;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.BaseHash;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsFile.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a Hugging Face directory: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} names. They are read where they lie, through memory mapping, when
 * they are asked for.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.open(Path.of("models/bge"))) {
 *   float[] bias = base.floats("encoder.layer.0.output.dense.bias");
 * }
 * }</pre>
 */
public final class BaseModel implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String CONFIG = "config.json";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private final Path directory;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, SafetensorsFile> byTensor = new TreeMap<>();
  private @Nullable String sha256;

  private BaseModel(Path directory) {
    this.directory = directory;
  }

  /**
   * Opens the files.
   *
   * @throws IOException when one is missing or damaged; the message names it
   */
  public static BaseModel open(Path directory) throws IOException {
    BaseModel opened = new BaseModel(directory);
    try {
      for (String name : files(directory)) {
        SafetensorsFile file = SafetensorsFile.open(directory.resolve(name));
        opened.files.add(file);
        file.entries().keySet().forEach(tensor -> opened.byTensor.put(tensor, file));
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static Iterable<String> files(Path directory) throws IOException {
    Path index = directory.resolve(INDEX);
    if (Files.exists(directory.resolve(SINGLE)) || !Files.exists(index)) {
      return List.of(SINGLE);
    }
    JsonNode map = new ObjectMapper().readTree(index.toFile()).path("weight_map");
    TreeSet<String> names = new TreeSet<>();
    map.forEach(name -> names.add(name.asText()));
    if (names.isEmpty()) {
      throw new UsageException("%s: weight_map names no file".formatted(index));
    }
    return names;
  }

  /** Returns the directory. */
  public Path directory() {
    return directory;
  }

  /** Returns the names of all tensors, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(byTensor.keySet());
  }

  /** Returns whether there is a tensor of a name. */
  public boolean has(String name) {
    return byTensor.containsKey(name);
  }

  /**
   * Returns a tensor's type and shape.
   *
   * @throws UsageException when it is missing
   */
  public Entry entry(String name) {
    return file(name).entry(name);
  }

  /**
   * Returns the hash (hex) of all tensors: the identity of the base model, see {@link BaseHash}.
   * The first call reads every byte.
   */
  public synchronized String sha256() {
    if (sha256 == null) {
      sha256 = BaseHash.of(files.toArray(SafetensorsFile[]::new));
    }
    return sha256;
  }

  /**
   * Returns {@code config.json}; an empty object where there is none.
   *
   * @throws IOException when it cannot be read
   */
  JsonNode config() throws IOException {
    Path config = directory.resolve(CONFIG);
    ObjectMapper json = new ObjectMapper();
    return Files.exists(config) ? json.readTree(config.toFile()) : json.createObjectNode();
  }

  /**
   * Returns whether {@code config.json} says that the output head is the embedding's table. A file
   * may hold the head all the same; it is then without meaning.
   *
   * @throws IOException when the configuration cannot be read
   */
  boolean hasTiedHead() throws IOException {
    return has(EMBEDDING) && config().path("tie_word_embeddings").asBoolean();
  }

  /**
   * Returns a tensor, row-major, widened to float without loss.
   *
   * @throws UsageException when it is missing, or is not F32, BF16 or F16
   */
  public float[] floats(String name) {
    return file(name).floats(name);
  }

  /**
   * Returns a view of a tensor's bytes, little-endian.
   *
   * @throws UsageException when it is missing
   */
  public ByteBuffer bytes(String name) {
    return file(name).bytes(name);
  }

  /**
   * Returns a tensor of a given shape.
   *
   * @throws UsageException when it is missing, has another shape, or is not F32, BF16 or F16
   */
  public float[] floats(String name, long... shape) {
    return checked(name, shape).floats(name);
  }

  /**
   * Puts a tensor of a given shape into a buffer.
   *
   * @throws UsageException when it is missing, has another shape, or is not F32, BF16 or F16
   */
  public void floats(String name, FloatBuffer values, long... shape) {
    checked(name, shape).floats(name, values);
  }

  private SafetensorsFile checked(String name, long... shape) {
    SafetensorsFile file = file(name);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    List<Long> actual = file.entry(name).shape();
    if (!actual.equals(expected)) {
      throw new UsageException(
          "%s: tensor %s has shape %s, and config.json asks for %s"
              .formatted(file.path(), name, actual, expected));
    }
    return file;
  }

  /** Returns the transpose of an [out, in] weight: [in, out], row-major. */
  public float[] transposed(String name, int out, int in) {
    return Matrix.transposed(floats(name, out, in), out, in);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = byTensor.get(name);
    if (file == null) {
      throw new UsageException(
          "%s has no tensor '%s'"
              .formatted(files.size() == 1 ? files.get(0).path() : directory, name));
    }
    return file;
  }

  @Override
  public void close() throws IOException {
    for (SafetensorsFile file : files) {
      file.close();
    }
  }
}
