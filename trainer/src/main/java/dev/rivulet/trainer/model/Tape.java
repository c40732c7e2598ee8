package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;

/**
 * One block on its way forward and back: what it keeps of the forward pass, until its backward pass
 * frees it.
 */
interface Tape {
  /** Returns the block's output. */
  NDArray output();

  /**
   * Returns the gradients of the block's input and parameters, those that were wanted.
   *
   * @param upstream gradient of the output
   */
  NDList backward(NDArray upstream);

  /**
   * The kernel calls of one block.
   *
   * @param family prefix of the kernels
   * @param wanted 1 for each parameter whose gradient is wanted, and last for the input
   */
  record Call(
      Kernels kernels,
      NDManager owner,
      String family,
      List<NDArray> context,
      List<Parameter> parameters,
      double[] wanted,
      double[] numbers) {

    /** Runs the block, and keeps what the mode says. */
    Tape forward(NDArray x, MemoryMode mode) {
      return mode == MemoryMode.FAST
          ? new Retained(this, kernel("forward", x))
          : new Recomputed(this, x, plain(x));
    }

    /** Runs the block, and keeps nothing. */
    NDArray plain(NDArray x) {
      return kernels.callOne(owner, family + "_block", x, context, values(), numbers);
    }

    private NDList kernel(String name, NDArray x) {
      return kernels.call(owner, family + "_" + name, x, context, values(), wanted, numbers);
    }

    private NDList recompute(NDArray x, NDArray upstream) {
      return kernels.call(
          owner, family + "_recompute", x, context, upstream, values(), wanted, numbers);
    }

    private List<NDArray> values() {
      return parameters.stream().map(Parameter::value).toList();
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
      NDList gradients = call.kernels().call(call.owner(), "backward", kept, upstream);
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
