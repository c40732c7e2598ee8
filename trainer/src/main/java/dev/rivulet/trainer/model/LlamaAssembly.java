package dev.rivulet.trainer.model;

import static java.util.Objects.requireNonNull;

import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A LLaMA-family causal language model, put together from its files. */
final class LlamaAssembly {
  private static final List<String> LAYERS =
      List.of(
          "self_attn.q_proj",
          "self_attn.k_proj",
          "self_attn.v_proj",
          "self_attn.o_proj",
          "mlp.gate_proj",
          "mlp.up_proj",
          "mlp.down_proj");
  private static final List<String> NORMS = List.of("input_layernorm", "post_attention_layernorm");

  private final ModelLoader loader;
  private final LlamaConfig config;
  private final Map<String, long[]> shapes;

  LlamaAssembly(ModelLoader loader, LlamaConfig config) {
    this.loader = loader;
    this.config = config;
    shapes = config.tensors();
  }

  Transformer assemble() {
    Parameter table = read("model.embed_tokens.weight");
    List<Parameter> head = new ArrayList<>(List.of(read("model.norm.weight")));
    head.add(config.tied() ? table : read("lm_head.weight"));
    return new Transformer(
        loader.kernels(),
        config,
        loader.files().sha256(),
        List.of(table),
        IntStream.range(0, config.layers())
            .mapToObj(index -> block("model.layers.%d.".formatted(index)))
            .toList(),
        head);
  }

  private Block block(String at) {
    return new Block(
        LAYERS.stream().map(kind -> linear(at, kind)).toList(),
        NORMS.stream().map(norm -> read(at + norm + ".weight")).toList());
  }

  private LinearLayer linear(String at, String kind) {
    long[] shape = shape(at + kind + ".weight");
    return loader.linear(
        at + kind,
        kind.substring(kind.indexOf('.') + 1),
        Math.toIntExact(shape[1]),
        Math.toIntExact(shape[0]),
        shapes.containsKey(at + kind + ".bias"));
  }

  private Parameter read(String name) {
    return loader.read(name, shape(name));
  }

  private long[] shape(String name) {
    return requireNonNull(shapes.get(name), name);
  }
}
