package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.Block.Piece;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One block on its way forward and back: what it keeps of the forward pass, until its backward pass
 * frees it.
 */
interface Tape {
  /** Returns the block's output. */
  NDArray output();

  /** Frees the output, once nothing reads it, where the backward pass does without it. */
  void dropOutput();

  /**
   * Returns the gradients of the block's input, where it is wanted, and of its wanted parameters,
   * in the order of {@link Block#parameters}.
   *
   * @param upstream gradient of the output
   */
  NDList backward(NDArray upstream);

  /**
   * The kernel calls of one block, or of a half of it.
   *
   * @param owner owns the results
   * @param family prefix of the kernels
   * @param context what all blocks share
   * @param parts what the parts of the batch have for themselves
   * @param block the block
   * @param piece what of it runs
   * @param wanted the parameters whose gradients are wanted, all of the piece
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
      Piece piece,
      Set<Parameter> wanted,
      boolean wantsInput,
      double[] numbers) {

    /** Runs the block, and keeps what the mode says. */
    Tape forward(NDArray x, MemoryMode mode) {
      return mode == MemoryMode.FAST
          ? new Retained(this, retained(x))
          : new Recomputed(this, x, output(x));
    }

    /** Returns the calls of a half of the block. */
    Call half(Piece half, boolean wantsInput) {
      Set<Parameter> ofHalf = new HashSet<>(block.parameters(half));
      ofHalf.retainAll(wanted);
      return new Call(
          kernels, owner, family, context, parts, block, half, ofHalf, wantsInput, numbers);
    }

    /** Runs the piece, and keeps nothing. */
    NDArray output(NDArray x) {
      return kernels.callOne(
          owner, kernel("output"), x, context, dense(), overlays(), scales(), traced(), numbers);
    }

    private NDList retained(NDArray x) {
      return kernels.call(
          owner,
          kernel("forward"),
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
          kernel("recompute"),
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

    private String kernel(String name) {
      return "%s_%s_%s".formatted(family, piece.kernel(), name);
    }

    private List<NDArray> dense() {
      return parts.values(block.dense());
    }

    private List<NDArray> overlays() {
      return parts.values(block.overlays());
    }

    private double[] scales() {
      return block.layers().stream().mapToDouble(LinearLayer::scale).toArray();
    }

    private double[] flags() {
      return Pass.flags(block.dense(), wanted, wantsInput);
    }

    private double[] traced() {
      return block.overlays().stream().mapToDouble(p -> wanted.contains(p) ? 1 : 0).toArray();
    }
  }

  /** Keeps the output with its graph. */
  record Retained(Call call, NDList kept) implements Tape {
    @Override
    public NDArray output() {
      return kept.get(0);
    }

    @Override
    public void dropOutput() {
      // It is the root of the graph.
    }

    @Override
    public NDList backward(NDArray upstream) {
      NDList gradients = call.backward(kept, upstream);
      kept.close();
      return gradients;
    }
  }

  /**
   * Keeps the input only, and goes back half by half, so that what one half needs for its gradients
   * exists at a time. For that, the attention runs three times in all.
   */
  record Recomputed(Call call, NDArray input, NDArray output) implements Tape {
    @Override
    public void dropOutput() {
      output.close();
    }

    @Override
    public NDList backward(NDArray upstream) {
      Call attention = call.half(Piece.ATTENTION, call.wantsInput());
      boolean goesOn = attention.wantsInput() || !attention.wanted().isEmpty();
      Call feedForward = call.half(Piece.FEED_FORWARD, goesOn);
      NDArray between = attention.output(input);
      NDList second = feedForward.recompute(between, upstream);
      between.close();
      NDList first = new NDList();
      if (goesOn) {
        NDArray gradient = second.remove(0);
        first = attention.recompute(input, gradient);
        gradient.close();
      }
      input.close();
      return inOrder(attention, first, second);
    }

    /** Returns the gradients of both halves in the order of the block's. */
    private NDList inOrder(Call attention, NDList first, NDList second) {
      NDList all = new NDList();
      int next = 0;
      if (attention.wantsInput()) {
        all.add(first.get(next++));
      }
      int other = 0;
      for (Parameter parameter : call.block().parameters()) {
        if (attention.wanted().contains(parameter)) {
          all.add(first.get(next++));
        } else if (call.wanted().contains(parameter)) {
          all.add(second.get(other++));
        }
      }
      return all;
    }
  }
}
