package dev.rivulet.trainer.model;

import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.model.ModelShape.HalfShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import dev.rivulet.trainer.tensor.Precision;
import java.util.List;

/**
 * The shape of a BERT-family encoder, from a Hugging Face {@code config.json}.
 *
 * @param modelType {@code bert} or {@code roberta}
 * @param hidden width
 * @param intermediate width inside the feed-forward part
 * @param layers number of blocks
 * @param heads attention heads
 * @param eps epsilon of the norms
 * @param vocabulary rows of the word table
 * @param types rows of the token-type table
 * @param positions rows of the position table
 * @param firstPosition position of the first token: 0, or RoBERTa's padding index + 1
 */
record BertConfig(
    String modelType,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    double eps,
    int vocabulary,
    int types,
    int positions,
    int firstPosition)
    implements Family {

  /**
   * Reads the configuration.
   *
   * @throws IllegalArgumentException when a key is missing or asks for what is not supported
   */
  static BertConfig of(ModelJson json) {
    json.require("hidden_act", "gelu");
    json.divided("hidden_size", "num_attention_heads");
    String type = json.text("model_type", "");
    return new BertConfig(
        type,
        json.whole("hidden_size"),
        json.whole("intermediate_size"),
        json.whole("num_hidden_layers"),
        json.whole("num_attention_heads"),
        json.number("layer_norm_eps", 1e-12),
        json.whole("vocab_size"),
        json.whole("type_vocab_size", type.equals("roberta") ? 1 : 2),
        json.whole("max_position_embeddings"),
        type.equals("roberta") ? json.whole("pad_token_id", 1) + 1 : 0);
  }

  @Override
  public String kernels() {
    return "bert";
  }

  @Override
  public Task task() {
    return Task.CLASSIFICATION;
  }

  @Override
  public int maxLength() {
    return positions - firstPosition;
  }

  @Override
  public double[] embeddingNumbers() {
    return new double[] {eps, firstPosition};
  }

  @Override
  public double[] blockNumbers(Precision precision, boolean last) {
    return new double[] {precision.engineType(), heads, eps, last ? 1 : 0};
  }

  @Override
  public double[] headNumbers(Precision precision) {
    return new double[] {0};
  }

  @Override
  public ModelShape shape(int classes) {
    LayerShape square = new LayerShape(hidden, hidden);
    return new ModelShape(
        layers,
        // Input, q, k, v, attention and its copy; the norm's input.
        new HalfShape(
            List.of(square, square, square, square), 7L * hidden, hidden, hidden, 4L * hidden),
        // Input; what the first layer gives, and the activation; the norm's input, its result being
        // the next block's. Recomputed, there are both or the former, and their gradients.
        new HalfShape(
            List.of(new LayerShape(hidden, intermediate), new LayerShape(intermediate, hidden)),
            2L * hidden + 2L * intermediate,
            hidden,
            hidden,
            2L * intermediate,
            5L * hidden + 3L * intermediate),
        9L * hidden + intermediate,
        (vocabulary + types + positions + 2L) * hidden,
        (hidden + 1L) * (hidden + classes),
        hidden,
        classes,
        false);
  }
}
