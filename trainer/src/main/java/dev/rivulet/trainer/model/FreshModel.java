package dev.rivulet.trainer.model;

import dev.rivulet.schemas.fold.InitialWeight;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * First weights of a LLaMA-family model, for pre-training from a {@code config.json} alone.
 *
 * <p>Matrices are drawn from N(0, {@code initializer_range}²), keyed by seed and name, so that they
 * have the same bits on every machine; norms are 1 and biases 0.
 */
public final class FreshModel {
  private FreshModel() {}

  /**
   * Writes {@code model.safetensors} into the folder of a {@code config.json}.
   *
   * @return the file
   * @throws FileAlreadyExistsException when the directory has weights
   * @throws IOException when the file cannot be written
   * @throws IllegalArgumentException when the configuration is not of a LLaMA-family model
   */
  public static Path write(Path directory, long seed) throws IOException {
    ModelJson json = ModelJson.read(directory);
    if (!(ModelLoader.family(json) instanceof LlamaConfig config)) {
      throw json.unsupported("model_type", json.text("model_type", ""), "llama, mistral or qwen2");
    }
    Path file = directory.resolve("model.safetensors");
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString(), null, "the model has weights");
    }
    List<Tensor> tensors =
        config.tensors().entrySet().stream()
            .map(entry -> tensor(config, seed, entry.getKey(), entry.getValue()))
            .toList();
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
    return file;
  }

  private static Tensor tensor(LlamaConfig config, long seed, String name, long[] shape) {
    return Tensor.drawn(
        name,
        Arrays.stream(shape).boxed().toList(),
        () -> values(config.initialSigma(), seed, name, shape));
  }

  private static float[] values(double sigma, long seed, String name, long[] shape) {
    int size = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    if (shape.length == 1) {
      float[] values = new float[size];
      Arrays.fill(values, name.endsWith(".bias") ? 0 : 1);
      return values;
    }
    return InitialWeight.drawn(seed, name, size, (float) sigma);
  }
}
