package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import java.util.Set;
import java.util.function.ToLongBiFunction;

/**
 * The multiply-adds of the matrix products of one training step that is not a refresh.
 *
 * <p>For T = rows · length tokens:
 *
 * <ul>
 *   <li>a linear layer [in, out] takes T·in·out forward and as many for the gradient of its input;
 *       trained whole, as many again for the gradient of its weight; with an overlay of rank r
 *       instead in·out·r to fold that into the weight and T·r·(in + out) for the gradient of a
 *       trained factor, s·Lᵀ(xᵀ·dy) taken as (x·L)ᵀ·dy, of which LoRA has two;
 *   <li>where the embedding is frozen, the first block needs no gradient of its input: its queries,
 *       keys and values take T·in·out less each;
 *   <li>in the last block of a classifier T is rows, but for keys and values: its head looks at the
 *       first tokens only;
 *   <li>attention takes 6·pairs·width a block, where width is that of the queries: two products
 *       forward, Q·Kᵀ and A·V, and two for the gradients of each; pairs is rows·length², or
 *       rows·length·(length + 1)/2 where a token sees those before it only, and rows·length where
 *       only the first tokens look;
 *   <li>the head takes 3·rows·(length − 1)·hidden·vocabulary for a language model (a third less
 *       where its table is a frozen embedding's), and 3·rows·hidden·(hidden + classes) for a
 *       classifier.
 * </ul>
 *
 * <p>A zeroth-order step goes forward only, with the batch once per evaluation of its probe, and
 * takes T·r·(in + out) a layer for the overlays.
 *
 * <p>What the program does besides is not counted: activations that are computed again (also inside
 * fused attention), norms, the optimizer, NF4's unpacking. So the share of a device's ceiling, 2 ·
 * multiply-adds / (seconds · floating-point operations per second), is that of useful work.
 *
 * @param shape the model
 * @param trainEmbeddings whether the embedding is trained
 * @param rows sequences of a batch
 * @param length tokens per sequence
 */
public record MultiplyAdds(ModelShape shape, boolean trainEmbeddings, long rows, long length) {
  /** Queries, keys and values: the first layers of a block in every family. */
  private static final int FROM_INPUT = 3;

  /** Keys and values: the layers that a classifier's last block needs of all tokens. */
  private static final Set<Integer> OF_ALL_TOKENS = Set.of(1, 2);

  /** Returns the multiply-adds of a step that trains all weights. */
  public long wholeWeights() {
    return sum((layer, tokens) -> 3 * product(layer, tokens)) - firstInput() + attention() + head();
  }

  /**
   * Returns the multiply-adds of a step that trains factors of overlays.
   *
   * @param rank rank of every overlay, or a layer's shorter side where that is less
   * @param trained trained factors of each overlay: 1 or 2
   */
  public long overlays(int rank, int trained) {
    long layers =
        sum(
            (layer, tokens) ->
                2 * product(layer, tokens)
                    + rank(layer, rank) * layer.size()
                    + trained * factor(layer, rank, tokens));
    return layers - firstInput() + attention() + head();
  }

  /** Returns the multiply-adds of a step that trains the head only: below it, one forward pass. */
  public long headOnly() {
    return sum(MultiplyAdds::product) + attention() / 3 + head();
  }

  /**
   * Returns the multiply-adds of a step that measures losses and computes no gradients.
   *
   * @param rank rank of every overlay, or a layer's shorter side where that is less
   * @param evaluations losses that the step measures
   */
  public long forward(int rank, int evaluations) {
    long layers = sum((layer, tokens) -> product(layer, tokens) + factor(layer, rank, tokens));
    long head =
        shape.causal()
            ? (length - 1) * shape.hidden() * shape.classes()
            : (long) shape.hidden() * (shape.hidden() + shape.classes());
    return evaluations * (layers + attention() / 3 + rows * head);
  }

  /**
   * Returns the multiply-adds of the gradient of the first block's input, 0 where it is computed.
   */
  private long firstInput() {
    long sum = 0;
    for (int index = 0; !trainEmbeddings && index < FROM_INPUT; index++) {
      sum += product(shape.layers().get(index), tokens(0, index));
    }
    return sum;
  }

  /** Returns a sum over the layers of all blocks, each with its tokens. */
  private long sum(ToLongBiFunction<LayerShape, Long> each) {
    long sum = 0;
    for (int block = 0; block < shape.blocks(); block++) {
      for (int index = 0; index < shape.layers().size(); index++) {
        sum += each.applyAsLong(shape.layers().get(index), tokens(block, index));
      }
    }
    return sum;
  }

  /** Returns the tokens that a layer of a block multiplies. */
  private long tokens(int block, int layer) {
    boolean firstsOnly =
        !shape.causal() && block == shape.blocks() - 1 && !OF_ALL_TOKENS.contains(layer);
    return firstsOnly ? rows : rows * length;
  }

  private static long rank(LayerShape layer, int rank) {
    return Math.min(rank, layer.shortSide());
  }

  private static long factor(LayerShape layer, int rank, long tokens) {
    return tokens * rank(layer, rank) * (layer.in() + layer.out());
  }

  private static long product(LayerShape layer, long tokens) {
    return tokens * layer.size();
  }

  private long attention() {
    long pairs =
        shape.causal()
            ? shape.blocks() * rows * (length * (length + 1) / 2)
            : rows * length * ((shape.blocks() - 1) * length + 1);
    return 6 * pairs * shape.layers().get(0).out();
  }

  private long head() {
    if (!shape.causal()) {
      return 3 * rows * shape.hidden() * (shape.hidden() + shape.classes());
    }
    boolean tied = shape.head() < (long) shape.hidden() * shape.classes();
    long products = tied && !trainEmbeddings ? 2 : 3;
    return products * rows * (length - 1) * shape.hidden() * shape.classes();
  }
}
