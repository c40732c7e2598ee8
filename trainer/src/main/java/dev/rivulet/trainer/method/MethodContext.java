package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * The model and the settings with which every method starts.
 *
 * @param model the model to train
 * @param trainEmbeddings whether the embedding tables are trained too
 * @param clipNorm largest gradient norm that is applied; 0 for no clipping
 * @param seed seed of the method's random numbers
 * @param rounding how weights are rounded when factors are sealed into them
 */
public record MethodContext(
    Transformer model,
    boolean trainEmbeddings,
    double clipNorm,
    long seed,
    RoundingPolicy rounding) {

  /** Creates a context whose weights are rounded to nearest. */
  public MethodContext(Transformer model, boolean trainEmbeddings, double clipNorm, long seed) {
    this(model, trainEmbeddings, clipNorm, seed, RoundingPolicy.NEAREST);
  }

  /** Returns the rounding of the weights when factors are sealed into them. */
  SealRounding sealRounding() {
    return (layer, refresh) -> rounding.of(seed, layer, refresh);
  }

  Kernels kernels() {
    return model.kernels();
  }

  /** Returns the form of the linear layers' weights. */
  BaseForm base() {
    return model.layers().get(0).form();
  }

  /**
   * Returns the parameters that methods with overlays train whole: the embedding where it is
   * trained, then biases, norms and head.
   */
  List<Parameter> whole() {
    List<Parameter> whole = new ArrayList<>(trainEmbeddings ? model.embedding() : List.of());
    whole.addAll(model.small());
    return whole;
  }
}
