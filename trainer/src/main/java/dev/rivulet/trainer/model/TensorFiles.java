package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.tensor.BaseHash;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The tensors of a Hugging Face directory, checked as they are read: {@code model.safetensors}, or
 * the shards that {@code model.safetensors.index.json} names.
 */
final class TensorFiles implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path directory;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, SafetensorsFile> byTensor = new HashMap<>();

  private TensorFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * Opens the files.
   *
   * @throws IOException when one is missing or damaged; the message names it
   */
  static TensorFiles open(Path directory) throws IOException {
    TensorFiles opened = new TensorFiles(directory);
    try {
      for (String name : names(directory)) {
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

  private static Iterable<String> names(Path directory) throws IOException {
    Path index = directory.resolve(INDEX);
    if (Files.exists(directory.resolve(SINGLE)) || !Files.exists(index)) {
      return List.of(SINGLE);
    }
    JsonNode map = new ObjectMapper().readTree(index.toFile()).path("weight_map");
    TreeSet<String> names = new TreeSet<>();
    map.forEach(name -> names.add(name.asText()));
    if (names.isEmpty()) {
      throw new IOException("%s: weight_map names no file".formatted(index));
    }
    return names;
  }

  boolean has(String name) {
    return byTensor.containsKey(name);
  }

  /** Returns the first dimension of a tensor. */
  long rows(String name) {
    return file(name).entry(name).shape().get(0);
  }

  /** Returns the hash (hex) of all tensors: the identity of the base model. */
  String baseSha256() {
    return BaseHash.of(files.toArray(SafetensorsFile[]::new));
  }

  /**
   * Returns a tensor.
   *
   * @throws IllegalArgumentException when it is missing or has another shape
   */
  Parameter read(NDManager owner, String name, long... shape) {
    SafetensorsFile file = checked(name, shape);
    return Parameter.of(name, owner, values -> file.floats(name, values), shape);
  }

  /** Returns the transpose of an [out, in] weight: [in, out], row-major. */
  float[] transposed(String name, int out, int in) {
    float[] values = checked(name, out, in).floats(name);
    float[] transposed = new float[values.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        transposed[i * out + o] = values[o * in + i];
      }
    }
    return transposed;
  }

  /** Returns the file of a tensor, which has the shape. */
  private SafetensorsFile checked(String name, long... shape) {
    SafetensorsFile file = file(name);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    List<Long> actual = file.entry(name).shape();
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          "%s: tensor %s has shape %s, and config.json asks for %s"
              .formatted(file.path(), name, actual, expected));
    }
    return file;
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = byTensor.get(name);
    if (file == null) {
      throw new IllegalArgumentException(
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
