package dev.rivulet.trainer.model;

import java.nio.file.Path;
import java.util.List;

/**
 * What a model's memory depends on, known before anything is loaded.
 *
 * @param blocks number of blocks
 * @param layers the linear layers of one block
 * @param small elements of one block's biases and norms
 * @param embedding elements of the embedding
 * @param head elements of the head; 0 for a head that is the embedding's table
 * @param hidden width of the hidden states
 * @param classes logits of one target: classes, or the vocabulary
 * @param causal whether every token has a target, or every row
 * @param retained floats per token that a block keeps for its backward pass when weights are
 *     trained whole
 * @param traced floats per token that it keeps besides when overlays are trained
 * @param working floats per token that it needs in passing
 */
public record ModelShape(
    int blocks,
    List<LayerShape> layers,
    long small,
    long embedding,
    long head,
    int hidden,
    int classes,
    boolean causal,
    long retained,
    long traced,
    long working) {

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
    return blocks * layers.stream().mapToLong(LayerShape::size).sum();
  }

  /** Returns the elements of all parameters. */
  public long parameters() {
    return linear() + blocks * small + embedding + head;
  }
}
