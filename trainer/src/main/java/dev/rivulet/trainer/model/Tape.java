package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.Set;

/**
 * One block on its way forward and back: what it keeps of the forward pass, until its backward pass
 * frees it.
 */
interface Tape {
  /** Returns the block's output. */
  NDArray output();

  /**
   * Returns the gradients of the block's input, where it is wanted, and of its wanted parameters,
   * in the order of {@link Block#parameters}.
   *
   * @param upstream gradient of the output
   */
  NDList backward(NDArray upstream);

  /**
   * The kernel calls of one block.
   *
   * @param owner owns the results
   * @param family prefix of the kernels
   * @param context what all blocks share
   * @param parts what the parts of the batch have for themselves
   * @param wanted the parameters whose gradients are wanted
   * @param wantsInput whether the input's gradient is wanted
   * @param numbers of the family
   */
  record Call(
      Kernels kernels,
      NDManager owner,
      String family,
      List<NDArray> context,
      Parts parts,
      Block block,
      Set<Parameter> wanted,
      boolean wantsInput,
      double[] numbers) {

    /** Runs the block, and keeps what the mode says. */
    Tape forward(NDArray x, MemoryMode mode) {
      return mode == MemoryMode.FAST
          ? new Retained(this, retained(x))
          : new Recomputed(this, x, output(x));
    }

    /** Runs the block, and keeps nothing. */
    NDArray output(NDArray x) {
      return kernels.callOne(
          owner, family + "_output", x, context, dense(), overlays(), scales(), traced(), numbers);
    }

    private NDList retained(NDArray x) {
      return kernels.call(
          owner,
          family + "_forward",
          x,
          context,
          dense(),
          overlays(),
          scales(),
          flags(),
          traced(),
          numbers);
    }

    private NDList recompute(NDArray x, NDArray upstream) {
      return kernels.call(
          owner,
          family + "_recompute",
          x,
          context,
          upstream,
          dense(),
          overlays(),
          scales(),
          flags(),
          traced(),
          numbers);
    }

    private NDList backward(NDList kept, NDArray upstream) {
      return kernels.call(owner, "backward", kept, upstream, overlays(), scales(), traced());
    }

    private List<NDArray> dense() {
      return parts.values(block.dense());
    }

    private List<NDArray> overlays() {
      return parts.values(block.overlays());
    }

    private double[] flags() {
      return Pass.flags(block.dense(), wanted, wantsInput);
    }

    private double[] traced() {
      return block.overlays().stream().mapToDouble(p -> wanted.contains(p) ? 1 : 0).toArray();
    }

    private double[] scales() {
      return block.layers().stream().mapToDouble(LinearLayer::scale).toArray();
    }
  }

  /** Keeps the output with its graph. */
  record Retained(Call call, NDList kept) implements Tape {
    @Override
    public NDArray output() {
      return kept.get(0);
    }

    @Override
    public NDList backward(NDArray upstream) {
      NDList gradients = call.backward(kept, upstream);
      kept.close();
      return gradients;
    }
  }

  /** Keeps the input only. */
  record Recomputed(Call call, NDArray input, NDArray output) implements Tape {
    @Override
    public NDList backward(NDArray upstream) {
      NDList gradients = call.recompute(input, upstream);
      input.close();
      return gradients;
    }
  }
}
