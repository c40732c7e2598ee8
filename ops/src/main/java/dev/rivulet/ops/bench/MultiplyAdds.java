package dev.rivulet.ops.bench;

import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import java.util.Set;
import java.util.function.ToLongBiFunction;

/**
 * The multiply-adds that the matrix products of one training step need, a refresh not counted.
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
 */
final class MultiplyAdds {
  /** Queries, keys and values: the first layers of a block in every family. */
  private static final int FROM_INPUT = 3;

  /** Keys and values: the layers that a classifier's last block needs of all tokens. */
  private static final Set<Integer> OF_ALL_TOKENS = Set.of(1, 2);

  private final ModelShape shape;
  private final long rows;
  private final long length;
  private final int rank;
  private final boolean trainsEmbedding;
  private final Contender.Algorithm algorithm;

  private MultiplyAdds(Workload workload, Contender contender) {
    shape = workload.shape();
    rows = workload.rows();
    length = workload.length();
    rank = contender.rank();
    trainsEmbedding = workload.trainsEmbedding(contender);
    algorithm = contender.algorithm();
  }

  /** Returns the multiply-adds of a contender's step. */
  static long of(Workload workload, Contender contender) {
    MultiplyAdds step = new MultiplyAdds(workload, contender);
    return contender.algorithm() == Contender.Algorithm.LOZO
        ? LozoConfig.DEFAULT.probe().parts() * step.forward()
        : step.linear() + step.attention() + step.head();
  }

  private long forward() {
    long layers = sum((layer, tokens) -> product(layer, tokens) + ofFactor(layer, tokens));
    long head =
        shape.causal()
            ? (length - 1) * shape.hidden() * shape.classes()
            : (long) shape.hidden() * (shape.hidden() + shape.classes());
    return layers + attention() / 3 + rows * head;
  }

  private long linear() {
    long spared = 0;
    for (int index = 0; !trainsEmbedding && index < FROM_INPUT; index++) {
      spared += product(shape.layers().get(index), tokens(0, index));
    }
    return sum(this::layer) - spared;
  }

  private long layer(LayerShape layer, long tokens) {
    if (rank == 0) {
      return 3 * product(layer, tokens);
    }
    long factors = algorithm == Contender.Algorithm.LORA ? 2 : 1;
    return 2 * product(layer, tokens)
        + cut(layer) * layer.size()
        + factors * ofFactor(layer, tokens);
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

  private long cut(LayerShape layer) {
    return Math.min(rank, layer.shortSide());
  }

  private long ofFactor(LayerShape layer, long tokens) {
    return tokens * cut(layer) * (layer.in() + layer.out());
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
    long products = tied && !trainsEmbedding ? 2 : 3;
    return products * rows * (length - 1) * shape.hidden() * shape.classes();
  }
}
