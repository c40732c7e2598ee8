package dev.rivulet.trainer.model;

import dev.rivulet.schemas.fold.InitialWeight;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A BERT-family classifier, put together from its files.
 *
 * <p>Tensors may be named with the family's prefix ({@code bert.}, {@code roberta.}) or without. A
 * head that the files lack is initialized: weights from N(0, 0.02²), keyed by the seed, biases 0.
 */
final class BertAssembly {
  private static final float INITIAL_SIGMA = 0.02f;

  private final ModelLoader loader;
  private final BertConfig config;
  private final String prefix;

  BertAssembly(ModelLoader loader, BertConfig config) {
    this.loader = loader;
    this.config = config;
    String family = config.modelType() + ".";
    prefix = loader.files().has(family + "embeddings.word_embeddings.weight") ? family : "";
  }

  Transformer assemble() {
    return new Transformer(
        loader.kernels(),
        config,
        loader.files().sha256(),
        embedding(),
        IntStream.range(0, config.layers())
            .mapToObj(index -> block("%sencoder.layer.%d.".formatted(prefix, index)))
            .toList(),
        head(loader.options().classes()));
  }

  private List<Parameter> embedding() {
    String at = prefix + "embeddings.";
    return List.of(
        table(at + "word_embeddings.weight"),
        loader.read(at + "position_embeddings.weight", config.positions(), config.hidden()),
        table(at + "token_type_embeddings.weight"),
        loader.read(at + "LayerNorm.weight", config.hidden()),
        loader.read(at + "LayerNorm.bias", config.hidden()));
  }

  private Parameter table(String name) {
    return loader.read(name, loader.files().entry(name).shape().get(0), config.hidden());
  }

  private Block block(String at) {
    int hidden = config.hidden();
    int wide = config.intermediate();
    return new Block(
        List.of(
            loader.linear(at + "attention.self.query", "attention.query", hidden, hidden, true),
            loader.linear(at + "attention.self.key", "attention.key", hidden, hidden, true),
            loader.linear(at + "attention.self.value", "attention.value", hidden, hidden, true),
            loader.linear(at + "attention.output.dense", "attention.output", hidden, hidden, true),
            loader.linear(at + "intermediate.dense", "intermediate", hidden, wide, true),
            loader.linear(at + "output.dense", "output", wide, hidden, true)),
        Stream.of("attention.output.LayerNorm", "output.LayerNorm")
            .flatMap(norm -> Stream.of(norm + ".weight", norm + ".bias"))
            .map(name -> loader.read(at + name, hidden))
            .toList());
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
    float[] values =
        loader.files().has(name)
            ? loader.files().transposed(name, out, in)
            : InitialWeight.drawn(loader.options().seed(), name, in * out, INITIAL_SIGMA);
    return Parameter.of(name, loader.kernels().manager(), values, in, out);
  }

  private Parameter headBias(String name, int out) {
    return loader.files().has(name)
        ? loader.read(name, out)
        : Parameter.zeros(name, loader.kernels().manager(), out);
  }
}
