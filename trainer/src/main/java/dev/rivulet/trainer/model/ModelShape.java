package dev.rivulet.trainer.model;

import java.nio.file.Path;
import java.util.List;

/**
 * What a model's memory depends on, known before anything is loaded.
 *
 * @param blocks number of blocks
 * @param attention the first half of a block
 * @param feedForward its other half
 * @param small elements of one block's biases and norms
 * @param embedding elements of the embedding
 * @param head elements of the head; 0 for a head that is the embedding's table
 * @param hidden width of the hidden states
 * @param classes logits of one target: classes, or the vocabulary
 * @param causal whether every token has a target, or every row
 */
public record ModelShape(
    int blocks,
    HalfShape attention,
    HalfShape feedForward,
    long small,
    long embedding,
    long head,
    int hidden,
    int classes,
    boolean causal) {

  /** A linear layer: its widths. */
  public record LayerShape(int in, int out) {
    /** Returns the elements of the weight. */
    public long size() {
      return (long) in * out;
    }

    /** Returns the smaller width: of the basis. */
    public int shortSide() {
      return Math.min(in, out);
    }

    /** Returns the larger width: of the trained factor. */
    public int longSide() {
      return Math.max(in, out);
    }
  }

  /**
   * Half of a block.
   *
   * @param layers its linear layers
   * @param retained floats per token that it keeps for its backward pass when weights are trained
   *     whole
   * @param results floats per token of results that it keeps besides for the gradients of overlays
   * @param inputs floats per token of what it retains for the gradients of weights, or of both
   *     factors, alone
   * @param working floats per token that it needs in passing
   * @param recomputed floats per token that it takes at most when it is recomputed and goes back by
   *     itself: states and their gradients
   */
  public record HalfShape(
      List<LayerShape> layers,
      long retained,
      long results,
      long inputs,
      long working,
      long recomputed) {
    /**
     * A half that goes back in one part: with all that it keeps, and the gradients of its results.
     */
    public HalfShape(
        List<LayerShape> layers, long retained, long results, long inputs, long working) {
      this(layers, retained, results, inputs, working, retained + working + out(layers));
    }

    /** Returns the elements of the weights. */
    public long size() {
      return layers.stream().mapToLong(LayerShape::size).sum();
    }

    /** Returns the widths of all results together. */
    public long out() {
      return out(layers);
    }

    private static long out(List<LayerShape> layers) {
      return layers.stream().mapToLong(LayerShape::out).sum();
    }
  }

  /** Returns the halves of a block. */
  public List<HalfShape> halves() {
    return List.of(attention, feedForward);
  }

  /** Returns the linear layers of a block. */
  public List<LayerShape> layers() {
    return halves().stream().flatMap(half -> half.layers().stream()).toList();
  }

  /** Returns the floats per token that a block needs in passing. */
  public long working() {
    return Math.max(attention.working(), feedForward.working());
  }

  /**
   * Reads the shape of a Hugging Face directory's model.
   *
   * @param classes classes of a classifier
   * @throws IllegalArgumentException when {@code config.json} is not of a supported model
   */
  public static ModelShape read(Path directory, int classes) {
    return ModelLoader.family(ModelJson.read(directory)).shape(classes);
  }

  /** Returns the elements of the weights of all linear layers. */
  public long linear() {
    return blocks * (attention.size() + feedForward.size());
  }

  /** Returns the elements of all parameters. */
  public long parameters() {
    return linear() + blocks * small + embedding + head;
  }
}
