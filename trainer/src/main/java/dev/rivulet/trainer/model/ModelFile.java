package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.tensor.BaseHash;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The tensors of a Hugging Face directory's {@code model.safetensors}, checked as they are read.
 */
final class ModelFile implements AutoCloseable {
  private final SafetensorsFile file;

  private ModelFile(SafetensorsFile file) {
    this.file = file;
  }

  static ModelFile open(Path directory) throws IOException {
    return new ModelFile(SafetensorsFile.open(directory.resolve("model.safetensors")));
  }

  boolean has(String name) {
    return file.entries().containsKey(name);
  }

  /** Returns the first dimension of a tensor. */
  long rows(String name) {
    return file.entry(name).shape().get(0);
  }

  /** Returns the hash (hex) of all tensors: the identity of the base model. */
  String baseSha256() {
    return BaseHash.of(file);
  }

  /**
   * Returns a tensor.
   *
   * @throws IllegalArgumentException when it is missing or has another shape
   */
  Parameter read(NDManager owner, String name, long... shape) {
    return Parameter.of(name, owner, values(name, shape), shape);
  }

  /** Returns the transpose of an [out, in] weight: [in, out]. */
  Parameter readTransposed(NDManager owner, String name, int out, int in) {
    float[] values = values(name, out, in);
    float[] transposed = new float[values.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        transposed[i * out + o] = values[o * in + i];
      }
    }
    return Parameter.of(name, owner, transposed, in, out);
  }

  private float[] values(String name, long... shape) {
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    List<Long> actual = file.entry(name).shape();
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          "%s: tensor %s has shape %s, and config.json asks for %s"
              .formatted(file.path(), name, actual, expected));
    }
    return file.floats(name);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
