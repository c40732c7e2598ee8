package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.model.ModelShape.HalfShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a LLaMA-family causal language model (LLaMA, Mistral, Qwen2), from a Hugging Face
 * {@code config.json}.
 *
 * @param vocabulary tokens
 * @param hidden width
 * @param intermediate width inside the feed-forward part
 * @param layers number of blocks
 * @param heads attention heads
 * @param keyValueHeads heads of keys and values: each serves heads / keyValueHeads heads
 * @param headSize size of a head
 * @param eps epsilon of the norms
 * @param maxLength longest sequence, in tokens
 * @param tied whether the head is the embedding's table
 * @param queryBias whether q, k and v have biases
 * @param outputBias whether o has a bias
 * @param feedForwardBias whether gate, up and down have biases
 * @param initialSigma standard deviation of fresh weights
 * @param rope position embedding
 */
record LlamaConfig(
    int vocabulary,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    int keyValueHeads,
    int headSize,
    double eps,
    int maxLength,
    boolean tied,
    boolean queryBias,
    boolean outputBias,
    boolean feedForwardBias,
    double initialSigma,
    Rope rope)
    implements Family {

  /**
   * Reads the configuration.
   *
   * @throws IllegalArgumentException when a key is missing or asks for what is not supported
   */
  static LlamaConfig of(ModelJson json) {
    json.require("hidden_act", "silu");
    int heads = json.whole("num_attention_heads");
    int keyValueHeads = json.whole("num_key_value_heads", heads);
    if (heads % keyValueHeads != 0) {
      json.divided("num_attention_heads", "num_key_value_heads");
    }
    int headSize =
        json.has("head_dim")
            ? json.whole("head_dim")
            : json.divided("hidden_size", "num_attention_heads");
    boolean qwen2 = json.text("model_type", "").equals("qwen2");
    boolean bias = json.flag("attention_bias", false);
    return new LlamaConfig(
        json.whole("vocab_size"),
        json.whole("hidden_size"),
        json.whole("intermediate_size"),
        json.whole("num_hidden_layers"),
        heads,
        keyValueHeads,
        headSize,
        json.number("rms_norm_eps", 1e-6),
        maxLength(json),
        json.flag("tie_word_embeddings", false),
        qwen2 || bias,
        bias,
        json.flag("mlp_bias", false),
        json.number("initializer_range", 0.02),
        Rope.of(json, headSize));
  }

  /** Attention is over all tokens before, so that a sliding window bounds the length. */
  private static int maxLength(ModelJson json) {
    int positions = json.whole("max_position_embeddings");
    boolean sliding = json.has("sliding_window") && json.flag("use_sliding_window", true);
    return sliding ? Math.min(positions, json.whole("sliding_window")) : positions;
  }

  /** Returns the shapes of the model's tensors by name, as Hugging Face files have them. */
  Map<String, long[]> tensors() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {vocabulary, hidden});
    for (int index = 0; index < layers; index++) {
      String block = "model.layers.%d.".formatted(index);
      String attention = block + "self_attn.";
      int queries = heads * headSize;
      int keys = keyValueHeads * headSize;
      linear(shapes, attention + "q_proj", hidden, queries, queryBias);
      linear(shapes, attention + "k_proj", hidden, keys, queryBias);
      linear(shapes, attention + "v_proj", hidden, keys, queryBias);
      linear(shapes, attention + "o_proj", queries, hidden, outputBias);
      linear(shapes, block + "mlp.gate_proj", hidden, intermediate, feedForwardBias);
      linear(shapes, block + "mlp.up_proj", hidden, intermediate, feedForwardBias);
      linear(shapes, block + "mlp.down_proj", intermediate, hidden, feedForwardBias);
      shapes.put(block + "input_layernorm.weight", new long[] {hidden});
      shapes.put(block + "post_attention_layernorm.weight", new long[] {hidden});
    }
    shapes.put("model.norm.weight", new long[] {hidden});
    if (!tied) {
      shapes.put("lm_head.weight", new long[] {vocabulary, hidden});
    }
    return shapes;
  }

  private static void linear(
      Map<String, long[]> shapes, String name, int in, int out, boolean bias) {
    shapes.put(name + ".weight", new long[] {out, in});
    if (bias) {
      shapes.put(name + ".bias", new long[] {out});
    }
  }

  @Override
  public String kernels() {
    return "llama";
  }

  @Override
  public Task task() {
    return Task.CAUSAL_LM;
  }

  @Override
  public double[] embeddingNumbers() {
    return new double[] {0};
  }

  @Override
  public double[] blockNumbers(Precision precision, boolean last) {
    return new double[] {precision.engineType(), headSize, eps};
  }

  @Override
  public double[] headNumbers(Precision precision) {
    return new double[] {precision.engineType(), eps};
  }

  @Override
  public ModelShape shape(int classes) {
    int queries = heads * headSize;
    int keys = keyValueHeads * headSize;
    long biases =
        (queryBias ? queries + 2L * keys : 0)
            + (outputBias ? hidden : 0)
            + (feedForwardBias ? 2L * intermediate + hidden : 0);
    int repeated = heads == keyValueHeads ? 0 : 2 * queries;
    return new ModelShape(
        layers,
        // The norm's input, product and result; q, attention and its copy; k and v. The results of
        // q, k and o are for the overlay's gradients alone.
        new HalfShape(
            List.of(
                new LayerShape(hidden, queries),
                new LayerShape(hidden, keys),
                new LayerShape(hidden, keys),
                new LayerShape(queries, hidden)),
            3L * hidden + 3L * queries + 2L * keys + repeated,
            hidden + queries + keys,
            hidden + queries,
            2L * queries + 2L * keys),
        // The norm's three; what gate and up give, the activation, and their product. The result of
        // down is for the overlay's gradient alone. Recomputed, there are what gate and up give,
        // the gradient of the product, and theirs.
        new HalfShape(
            List.of(
                new LayerShape(hidden, intermediate),
                new LayerShape(hidden, intermediate),
                new LayerShape(intermediate, hidden)),
            3L * hidden + 4L * intermediate,
            hidden,
            hidden,
            3L * intermediate,
            4L * hidden + 5L * intermediate),
        biases + 2L * hidden,
        (long) vocabulary * hidden,
        hidden + (tied ? 0 : (long) vocabulary * hidden),
        hidden,
        vocabulary,
        true);
  }

  @Override
  public List<Parameter> tables(NDManager owner, int length) {
    return rope.tables(owner, length);
  }
}
