package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** LoRA (arXiv 2106.09685), with a rank for each layer (AdaRank, arXiv 2408.09015). */
final class Lora implements Method {
  /*
   * Both factors of each overlay are trained. L is drawn as PEFT draws its A, Kaiming-uniform with
   * a = √5, which comes to U(-1/√in, 1/√in), and R is 0: so training starts from the base model.
   * (AdaRank's code draws both, and so starts from a disturbed one.)
   *
   * A classifier's head is trained whole. Norms and biases stay frozen, and so does the embedding
   * unless the run trains it. The overlay is never sealed.
   */
  private static final String UPDATES = "adam.updates";

  /** The overlays stay those of the start. */
  private static final int OPENED = 0;

  private final Transformer model;
  private final Map<String, Integer> ranks = new LinkedHashMap<>();
  private final List<LinearLayer> layers;
  private final List<Parameter> whole;
  private final Adam adam;
  private final Descent descent;

  Lora(LoraConfig config, MethodContext context) {
    model = context.model();
    Map<LinearLayer, Integer> rankOfLayer = config.ranks(model.layers());
    layers = List.copyOf(rankOfLayer.keySet());
    rankOfLayer.forEach(
        (layer, rank) -> {
          ranks.put(layer.name(), rank);
          layer.open(firstLeft(context.seed(), layer, rank), rank, (float) config.scale(rank));
        });
    whole = new ArrayList<>(context.trainEmbeddings() ? model.embedding() : List.of());
    whole.addAll(model.classifier());
    List<Parameter> all = new ArrayList<>(whole);
    layers.forEach(layer -> all.addAll(layer.overlay()));
    adam = new Adam(model.kernels(), config.adam(), all);
    descent = new Descent(context, adam);
  }

  /** Returns L at the start, [in, rank]. */
  private static float[] firstLeft(long seed, LinearLayer layer, int rank) {
    KeyedRandom random = KeyedRandom.of(seed, "lora.a", layer.name(), 0);
    double bound = 1 / Math.sqrt(layer.in());
    float[] values = new float[layer.in() * rank];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (bound * (2 * random.uniform(i) - 1));
    }
    return values;
  }

  /** The result of the first applied step contains the ranks, which never change. */
  @Override
  public StepResult step(
      List<TokenBatch> batches, long step, double learningRate, RankSource rankSource) {
    StepResult result = descent.step(batches, learningRate);
    return result.applied() && adam.updates() == 1
        ? new StepResult(
            result.loss(),
            result.gradientNorm(),
            true,
            Optional.of(new RankSource.Decided(OPENED, ranks, false, 0)))
        : result;
  }

  @Override
  public Snapshot snapshot() {
    return new Snapshot(
        List.of(),
        layers.stream().map(layer -> layer.factor(OPENED)).toList(),
        whole.stream().map(HostTensor::of).toList(),
        adam.snapshot(),
        Map.of(UPDATES, adam.updates()));
  }

  @Override
  public void restore(Snapshot snapshot) {
    Tensors.into(snapshot.dense(), whole.stream());
    Tensors.open(snapshot.open(), layers);
    adam.restore(Tensors.byName(snapshot.state()), snapshot.counter(UPDATES));
  }

  @Override
  public long optimizerBytes() {
    return adam.bytes() + model.overlayBytes();
  }

  @Override
  public void close() {
    adam.close();
  }
}
