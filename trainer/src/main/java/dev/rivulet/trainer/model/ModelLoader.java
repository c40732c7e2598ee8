package dev.rivulet.trainer.model;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.factor.Weight;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A loader of models from Hugging Face directories: {@code config.json} and the safetensors files.
 *
 * <p>Supported are BERT and RoBERTa as classifiers, and LLaMA, Mistral and Qwen2 as causal language
 * models.
 */
public final class ModelLoader {
  private static final String SUPPORTED = "bert, roberta, llama, mistral and qwen2";

  private final Kernels kernels;
  private final BaseModel files;
  private final LoadOptions options;

  private ModelLoader(Kernels kernels, BaseModel files, LoadOptions options) {
    this.kernels = kernels;
    this.files = files;
    this.options = options;
  }

  /**
   * Loads a model.
   *
   * @throws IllegalArgumentException when the directory holds another architecture, or a tensor is
   *     missing or has another shape: the message names it
   * @throws UsageException when a file is missing or damaged
   */
  public static Transformer load(Kernels kernels, Path directory, LoadOptions options) {
    ModelJson json = ModelJson.read(directory);
    Family family = family(json);
    try (BaseModel files = BaseModel.open(directory)) {
      ModelLoader loader = new ModelLoader(kernels, files, options);
      return family instanceof LlamaConfig llama
          ? new LlamaAssembly(loader, llama).assemble()
          : new BertAssembly(loader, (BertConfig) family).assemble();
    } catch (IOException e) {
      throw UsageException.of(directory, e);
    }
  }

  static Family family(ModelJson json) {
    String type = json.text("model_type", "");
    return switch (type) {
      case "bert", "roberta" -> BertConfig.of(json);
      case "llama", "mistral", "qwen2" -> LlamaConfig.of(json);
      default -> throw json.unsupported("model_type", type, SUPPORTED);
    };
  }

  /** Returns the longest sequence that a directory's model takes, in tokens. */
  public static int maxLength(Path directory) {
    return family(ModelJson.read(directory)).maxLength();
  }

  Kernels kernels() {
    return kernels;
  }

  BaseModel files() {
    return files;
  }

  LoadOptions options() {
    return options;
  }

  /** Returns a tensor, as the file has it. */
  Parameter read(String name, long... shape) {
    return Parameter.of(
        name, kernels.manager(), values -> files.floats(name, values, shape), shape);
  }

  /**
   * Returns a linear layer.
   *
   * @param name the module's name in the files
   * @param kind shared by the same module of every block
   */
  LinearLayer linear(String name, String kind, int in, int out, boolean bias) {
    Weight weight =
        Weight.of(
            kernels,
            name + ".weight",
            options.base(),
            files.transposed(name + ".weight", out, in),
            in,
            out);
    String biasName = name + ".bias";
    return new LinearLayer(
        kernels.manager(),
        name,
        kind,
        weight,
        bias ? read(biasName, out) : Parameter.zeros(biasName, kernels.manager(), 0));
  }
}
