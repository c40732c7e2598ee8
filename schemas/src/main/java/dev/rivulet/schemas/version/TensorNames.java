package dev.rivulet.schemas.version;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The place of a tensor in a transformer, by its name in Hugging Face files.
 *
 * <p>A linear map's weight is [out, in] in files and [in, out] in memory and in the log. The linear
 * maps of the blocks are the layers: their weights are kept in the run's base form, carry overlays
 * and are sealed into. Tables (embeddings, and a language model's head) are the same everywhere.
 */
public final class TensorNames {
  private static final String WEIGHT = ".weight";
  private static final Pattern IN_BLOCK = Pattern.compile("(^|\\.)layers?\\.\\d+\\.");
  private static final Pattern TABLE =
      Pattern.compile("(^|\\.)(\\w+_embeddings|embed_tokens|lm_head)\\.weight");

  private TensorNames() {}

  /** Returns whether a tensor is the weight of a linear map, other than a language model's head. */
  public static boolean isLinear(String name, List<Long> shape) {
    return shape.size() == 2 && name.endsWith(WEIGHT) && !TABLE.matcher(name).find();
  }

  /** Returns whether a tensor is the weight of a linear layer of a block. */
  public static boolean isLayer(String name, List<Long> shape) {
    return isLinear(name, shape) && IN_BLOCK.matcher(name).find();
  }

  /** Returns the name of the layer that a weight belongs to. */
  public static String layer(String weight) {
    return weight.substring(0, weight.length() - WEIGHT.length());
  }

  /** Returns the name of a layer's weight. */
  public static String weight(String layer) {
    return layer + WEIGHT;
  }
}
