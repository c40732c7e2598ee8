package dev.rivulet.trainer.estimate;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.ModelShape.HalfShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import dev.rivulet.trainer.tensor.Precision;

/**
 * The model, its forms and the batch: what the memory of a training step depends on, apart from the
 * method.
 *
 * @param shape the model
 * @param trainEmbeddings whether the embedding is trained
 * @param base how the linear layers' weights are kept
 * @param precision type of the matrix products
 * @param mode what the forward pass keeps
 * @param rows sequences of a batch
 * @param length tokens per sequence
 */
public record MemoryPlan(
    ModelShape shape,
    boolean trainEmbeddings,
    BaseForm base,
    Precision precision,
    MemoryMode mode,
    int rows,
    int length) {

  /** The head takes the targets in parts: see {@code llama_parts} in the kernels. */
  private static final long LOGITS_OF_PART = 2_097_152;

  private static final long LEAST_PART = 256;

  private long tokens() {
    return (long) rows * length;
  }

  private int computeBytes() {
    return precision == Precision.BF16 ? 2 : 4;
  }

  /** Returns the elements of all tensors that are trained whole and are not linear weights. */
  long wholeElements() {
    return shape.blocks() * shape.small()
        + shape.head()
        + (trainEmbeddings ? shape.embedding() : 0);
  }

  /** Returns the elements of one block's weights. */
  long blockElements() {
    return shape.linear() / shape.blocks();
  }

  /** Returns the elements of the largest layer's weight. */
  long largestLayer() {
    return shape.layers().stream().mapToLong(LayerShape::size).max().orElse(0);
  }

  /** Returns the elements of one block's bases of a rank, or of as much as a layer has. */
  long shortSides(int rank) {
    return shape.layers().stream().mapToLong(layer -> rank(layer, rank) * layer.shortSide()).sum();
  }

  /**
   * Returns the elements of one block's trained factors of a rank, or of as much as a layer has.
   */
  long longSides(int rank) {
    return shape.layers().stream().mapToLong(layer -> rank(layer, rank) * layer.longSide()).sum();
  }

  /** Returns the elements of one block's factors L of a rank, or of as much as a layer has. */
  long lefts(int rank) {
    return shape.layers().stream().mapToLong(layer -> rank(layer, rank) * layer.in()).sum();
  }

  /** Returns the elements of one block's factors R of a rank, or of as much as a layer has. */
  long rights(int rank) {
    return shape.layers().stream().mapToLong(layer -> rank(layer, rank) * layer.out()).sum();
  }

  private static long rank(LayerShape layer, int rank) {
    return Math.min(rank, layer.shortSide());
  }

  /** Returns the bytes of all weights. */
  long weightBytes() {
    return linearBytes() + 4 * (shape.parameters() - shape.linear());
  }

  private long linearBytes() {
    return switch (base) {
      case FP32 -> 4 * shape.linear();
      case BF16 -> 2 * shape.linear();
      case NF4 -> Math.round(shape.linear() * Nf4.BYTES_PER_VALUE);
      // Each layer has a mean, and a maximum for what is left of its blocks.
      case NF4_DQ ->
          shape.blocks()
              * shape.layers().stream()
                  .mapToLong(layer -> QuantizedAbsmax.bytesOf(layer.size()))
                  .sum();
    };
  }

  /** Returns the bytes that one block keeps for its backward pass. */
  long retained(Trained trained) {
    return computeBytes() * tokens() * shape.halves().stream().mapToLong(trained::kept).sum();
  }

  /**
   * Returns the bytes that the last block keeps for its backward pass: of a classifier, whose head
   * looks at the first tokens only, the input, keys and values.
   */
  long retainedOfLast(Trained trained) {
    return shape.causal() ? retained(trained) : computeBytes() * tokens() * 3 * shape.hidden();
  }

  /**
   * Returns the bytes that a block takes in its backward pass when it is computed again: those of
   * its larger half, with the state between the halves and its gradient, and a weight on its way to
   * the compute type.
   */
  long recomputed(Trained trained) {
    return 2 * hiddenStates()
        + castWeight()
        + shape.halves().stream().mapToLong(half -> recomputed(half, trained)).max().orElseThrow();
  }

  private long recomputed(HalfShape half, Trained trained) {
    boolean copied = trained != Trained.WEIGHTS || precision != Precision.FP32;
    return computeBytes() * tokens() * half.recomputed()
        + (copied ? computeBytes() * half.size() : 0)
        + (trained == Trained.ONE_FACTOR ? 4 * half.size() : 0);
  }

  /** Returns the bytes of the gradients of the outputs of one block's layers. */
  long outputGradients() {
    return computeBytes() * tokens() * (shape.attention().out() + shape.feedForward().out());
  }

  /** Returns the bytes of one block's weights with their overlays folded in. */
  long mergedBlock() {
    return computeBytes() * blockElements();
  }

  /**
   * Returns the bytes of one block's weights brought into the compute type, where it is another.
   */
  long castBlock() {
    return precision == Precision.FP32 ? 0 : computeBytes() * blockElements();
  }

  /** Returns the bytes of the largest weight brought into the compute type, where it is another. */
  long castWeight() {
    // NF4 takes a 32-bit index per pair and float32 values in passing.
    return largestLayer()
        * switch (base) {
          case FP32 -> precision == Precision.FP32 ? 0 : 2;
          case BF16 -> precision == Precision.FP32 ? 4 : 0;
          case NF4, NF4_DQ -> precision == Precision.FP32 ? 6 : 8;
        };
  }

  /** Returns the bytes of hidden states between two blocks. */
  long hiddenStates() {
    return 4 * tokens() * shape.hidden();
  }

  /** Returns the bytes that a block needs in passing. */
  long working() {
    return 4 * tokens() * shape.working();
  }

  /** Returns the bytes of the head's logits, their probabilities and their gradient. */
  long headBytes() {
    long targets = shape.causal() ? (long) rows * (length - 1) : rows;
    long part = Math.max(LEAST_PART, LOGITS_OF_PART / shape.classes());
    return 3 * 4 * Math.min(targets, part) * shape.classes();
  }
}
