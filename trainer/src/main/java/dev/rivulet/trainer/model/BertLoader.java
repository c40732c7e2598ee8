package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A loader of BERT-family classifiers from Hugging Face directories ({@code config.json}, {@code
 * model.safetensors}).
 *
 * <p>Tensors may be named with the family's prefix ({@code bert.}, {@code roberta.}) or without. A
 * head that the file lacks starts anew: weights from N(0, 0.02²), keyed by the seed, biases 0.
 */
public final class BertLoader {
  private static final float INITIAL_SIGMA = 0.02f;

  private final NDManager owner;
  private final BertConfig config;
  private final ModelFile file;
  private final long seed;
  private final String prefix;

  private BertLoader(NDManager owner, BertConfig config, ModelFile file, long seed) {
    this.owner = owner;
    this.config = config;
    this.file = file;
    this.seed = seed;
    String family = config.modelType() + ".";
    prefix = file.has(family + "embeddings.word_embeddings.weight") ? family : "";
  }

  /**
   * Loads a classifier.
   *
   * @param classes number of classes, at least 2
   * @param seed of the head's first weights, where the file has none
   * @throws IllegalArgumentException when the directory holds another architecture, or a tensor is
   *     missing or has another shape: the message names it
   */
  public static BertClassifier load(Kernels kernels, Path directory, int classes, long seed) {
    BertConfig config = BertConfig.read(directory);
    try (ModelFile file = ModelFile.open(directory)) {
      BertLoader loader = new BertLoader(kernels.manager(), config, file, seed);
      List<BertBlock> blocks = new ArrayList<>();
      for (int index = 0; index < config.layers(); index++) {
        blocks.add(loader.block("%sencoder.layer.%d.".formatted(loader.prefix, index)));
      }
      return new BertClassifier(
          kernels, config, file.baseSha256(), loader.embedding(), blocks, loader.head(classes));
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": " + e.getMessage(), e);
    }
  }

  private List<Parameter> embedding() {
    String at = prefix + "embeddings.";
    long hidden = config.hidden();
    return List.of(
        table(at + "word_embeddings.weight"),
        file.read(owner, at + "position_embeddings.weight", config.positions(), hidden),
        table(at + "token_type_embeddings.weight"),
        file.read(owner, at + "LayerNorm.weight", hidden),
        file.read(owner, at + "LayerNorm.bias", hidden));
  }

  private Parameter table(String name) {
    return file.read(owner, name, file.rows(name), config.hidden());
  }

  private BertBlock block(String at) {
    int hidden = config.hidden();
    int wide = config.intermediate();
    return new BertBlock(
        List.of(
            linear(at + "attention.self.query", "attention.query", hidden, hidden),
            linear(at + "attention.self.key", "attention.key", hidden, hidden),
            linear(at + "attention.self.value", "attention.value", hidden, hidden),
            linear(at + "attention.output.dense", "attention.output", hidden, hidden),
            linear(at + "intermediate.dense", "intermediate", hidden, wide),
            linear(at + "output.dense", "output", wide, hidden)),
        norm(at + "attention.output.LayerNorm"),
        norm(at + "output.LayerNorm"));
  }

  private List<Parameter> norm(String name) {
    return List.of(
        file.read(owner, name + ".weight", config.hidden()),
        file.read(owner, name + ".bias", config.hidden()));
  }

  private LinearLayer linear(String name, String kind, int in, int out) {
    return new LinearLayer(
        owner,
        name,
        kind,
        file.readTransposed(owner, name + ".weight", out, in),
        file.read(owner, name + ".bias", out));
  }

  private List<Parameter> head(int classes) {
    boolean roberta = config.modelType().equals("roberta");
    String dense = roberta ? "classifier.dense" : prefix + "pooler.dense";
    String classifier = roberta ? "classifier.out_proj" : "classifier";
    int hidden = config.hidden();
    return List.of(
        headWeight(dense + ".weight", hidden, hidden),
        headBias(dense + ".bias", hidden),
        headWeight(classifier + ".weight", hidden, classes),
        headBias(classifier + ".bias", classes));
  }

  private Parameter headWeight(String name, int in, int out) {
    if (file.has(name)) {
      return file.readTransposed(owner, name, out, in);
    }
    float[] values = KeyedRandom.of(seed, "initial-weight", name, 0).normal(in * out);
    for (int i = 0; i < values.length; i++) {
      values[i] *= INITIAL_SIGMA;
    }
    return Parameter.of(name, owner, values, in, out);
  }

  private Parameter headBias(String name, int out) {
    return file.has(name) ? file.read(owner, name, out) : Parameter.zeros(name, owner, out);
  }
}
