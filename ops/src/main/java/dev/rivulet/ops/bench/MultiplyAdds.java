package dev.rivulet.ops.bench;

import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;

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
 *   <li>attention takes 6·pairs·width a block, where width is that of the queries: two products
 *       forward, Q·Kᵀ and A·V, and two for the gradients of each; pairs is rows·length², or
 *       rows·length·(length + 1)/2 where a token sees those before it only;
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
    long block = shape.layers().stream().mapToLong(layer -> product(layer) + ofFactor(layer)).sum();
    long head =
        shape.causal()
            ? (length - 1) * shape.hidden() * shape.classes()
            : (long) shape.hidden() * (shape.hidden() + shape.classes());
    return shape.blocks() * block + attention() / 3 + rows * head;
  }

  private long linear() {
    long block = shape.layers().stream().mapToLong(this::layer).sum();
    long spared =
        trainsEmbedding
            ? 0
            : shape.layers().subList(0, FROM_INPUT).stream().mapToLong(this::product).sum();
    return shape.blocks() * block - spared;
  }

  private long layer(LayerShape layer) {
    if (rank == 0) {
      return 3 * product(layer);
    }
    long factors = algorithm == Contender.Algorithm.LORA ? 2 : 1;
    return 2 * product(layer) + cut(layer) * layer.size() + factors * ofFactor(layer);
  }

  private long cut(LayerShape layer) {
    return Math.min(rank, layer.shortSide());
  }

  private long ofFactor(LayerShape layer) {
    return rows * length * cut(layer) * (layer.in() + layer.out());
  }

  private long product(LayerShape layer) {
    return rows * length * layer.size();
  }

  private long attention() {
    long pairs = shape.causal() ? rows * (length * (length + 1) / 2) : rows * length * length;
    return 6 * pairs * shape.blocks() * shape.layers().get(0).out();
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
