package dev.rivulet.trainer.factor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A linear layer with a low-rank overlay: y = x·W + b + s·(x·L)·R.
 *
 * <p>W is [in, out] (the transpose of what Hugging Face files hold), L is [in, rank] and R is
 * [rank, out]; rank 0 means no overlay. Methods with a basis have it on the short side of W and
 * train the other factor: R where in ≤ out, else L. Other methods train both. The scale s comes
 * with the overlay.
 */
public final class LinearLayer {
  private final String name;
  private final String kind;
  private final Weight weight;
  private final Parameter bias;
  private final Parameter left;
  private final Parameter right;
  private float scale = 1;

  /**
   * Makes a layer without overlay, and takes over its parameters.
   *
   * @param name the module's name in Hugging Face files
   * @param kind shared by the same module of every block
   * @param weight W, [in, out]
   * @param bias b, [out], or [0] for none
   */
  public LinearLayer(NDManager owner, String name, String kind, Weight weight, Parameter bias) {
    this.name = name;
    this.kind = kind;
    this.weight = weight;
    this.bias = bias;
    left = Parameter.zeros(name + ".L", owner, weight.in(), 0);
    right = Parameter.zeros(name + ".R", owner, 0, weight.out());
  }

  public String name() {
    return name;
  }

  public String kind() {
    return kind;
  }

  /** Returns the input width. */
  public int in() {
    return weight.in();
  }

  /** Returns the output width. */
  public int out() {
    return weight.out();
  }

  /** Returns the rank of the overlay, 0 when there is none. */
  public int rank() {
    return Math.toIntExact(right.shape().get(0));
  }

  /** Returns what is kept of W: the parameter whose gradient is that of the dense weight. */
  public Parameter weight() {
    return weight.values();
  }

  /** Returns how W is kept. */
  public BaseForm form() {
    return weight.form();
  }

  /** Returns a copy of W as dense float32, [in, out], row-major. */
  public float[] floats() {
    return weight.floats();
  }

  /** Returns a copy of W in the Java heap, in its form and of the same bits. */
  public BaseWeight base() {
    return weight.copy();
  }

  public Parameter bias() {
    return bias;
  }

  public Parameter left() {
    return left;
  }

  public Parameter right() {
    return right;
  }

  /** Returns the scale s of the overlay. */
  public float scale() {
    return scale;
  }

  /** Returns the width of the short side, which is the largest rank. */
  public int shortSide() {
    return Math.min(in(), out());
  }

  /**
   * Does some work while other tensors stand in for W and b, which are back afterwards, bit for
   * bit.
   *
   * @param denseWeight [in, out], float32, whatever form W is kept in
   * @param otherBias of the shape of b
   */
  public <T> T withStandIns(NDArray denseWeight, NDArray otherBias, Supplier<T> work) {
    return weight.values().withStandIn(denseWeight, () -> bias.withStandIn(otherBias, work));
  }

  /** Returns whether the basis is L and the trained factor is R: the input is the short side. */
  public boolean basisOnLeft() {
    return in() <= out();
  }

  /** Returns the trained factor. */
  public Parameter trained() {
    return basisOnLeft() ? right : left;
  }

  /** Returns the frozen factor. */
  public Parameter basis() {
    return basisOnLeft() ? left : right;
  }

  /** Returns weight and bias, in the order of the kernel {@code linear}. */
  public List<Parameter> dense() {
    return Stream.concat(weight.parameters().stream(), Stream.of(bias)).toList();
  }

  /** Returns L and R. */
  public List<Parameter> overlay() {
    return List.of(left, right);
  }

  /**
   * Returns a copy of the overlay.
   *
   * @param refresh the refresh that opened it
   */
  public LayerFactor factor(int refresh) {
    return new LayerFactor(
        name,
        refresh,
        new LowRank(
            in(), out(), rank(), scale, left.value().toFloatArray(), right.value().toFloatArray()));
  }

  /**
   * Seals the overlay into the weight, through the fold, and leaves the layer without one.
   *
   * @param refresh the refresh that opened the overlay
   * @param rounding how the weight is rounded
   * @return the factor that was sealed
   */
  public LayerFactor seal(int refresh, Rounding rounding) {
    LayerFactor factor = factor(refresh).withRounding(rounding);
    apply(factor);
    left.clear(in(), 0);
    right.clear(0, out());
    return factor;
  }

  /** Folds a sealed factor into the weight. */
  public void apply(LayerFactor factor) {
    weight.add(factor);
  }

  /** Makes a weight of the same form and shape the layer's, without its overlay. */
  public void restore(BaseWeight sealed) {
    weight.set(sealed);
  }

  /** Makes a factor the overlay. */
  public void restore(LayerFactor factor) {
    LowRank update = factor.update();
    left.replace(update.left(), in(), update.rank());
    right.replace(update.right(), update.rank(), out());
    scale = update.scale();
  }

  /**
   * Opens an overlay whose trained factor is 0.
   *
   * @param basis on the short side of W, [short, rank]
   * @param scale s
   */
  public void open(Kernels kernels, NDArray basis, float scale) {
    int rank = Math.toIntExact(basis.getShape().get(1));
    this.scale = scale;
    basis().replace(orient(kernels, basis));
    if (basisOnLeft()) {
      right.clear(rank, out());
    } else {
      left.clear(in(), rank);
    }
  }

  /**
   * Opens an overlay whose L is given and whose R is 0, to train both.
   *
   * @param values L, [in, rank], row-major
   * @param scale s
   */
  public void open(float[] values, int rank, float scale) {
    this.scale = scale;
    left.replace(values, in(), rank);
    right.clear(rank, out());
  }

  /**
   * Returns a copy of a matrix of this layer, seen from the short side: itself where the basis is
   * on the left, its transpose where it is on the right. So a gradient becomes [short, long], the
   * basis [short, rank] and the trained factor [rank, long]; and the other way round.
   */
  public NDArray orient(Kernels kernels, NDArray matrix) {
    String kernel = basisOnLeft() ? "copied" : "transposed";
    return kernels.callOne(matrix.getManager(), kernel, matrix);
  }

  /**
   * Returns a matrix as {@link #orient} does, to be read only: a copy only where it is turned.
   *
   * @param owner is to own the copy
   */
  public NDArray fromShortSide(Kernels kernels, NDManager owner, NDArray matrix) {
    if (basisOnLeft()) {
      return matrix;
    }
    NDArray turned = orient(kernels, matrix);
    turned.attach(owner);
    return turned;
  }
}
