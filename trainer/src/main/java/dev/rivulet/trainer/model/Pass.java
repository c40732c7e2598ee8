package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** One batch on its way through a model, and back. What it makes goes with it. */
final class Pass implements AutoCloseable {
  private final Transformer model;
  private final Kernels kernels;
  private final Family family;
  private final List<Block> blocks;
  private final TokenBatch batch;
  private final List<NDArray> context;
  private final NDManager scratch;

  /**
   * Begins a pass.
   *
   * @param context what all blocks share: the mask, and the family's tables
   */
  Pass(Transformer model, TokenBatch batch, List<NDArray> context) {
    this.model = model;
    this.batch = batch;
    this.context = context;
    kernels = model.kernels();
    family = model.family();
    blocks = model.blocks();
    scratch = kernels.manager().newSubManager();
  }

  Evaluation evaluate() {
    NDList results = head("score");
    return new Evaluation(results.get(0).getFloat(), results.get(1).toLongArray());
  }

  float[] logits() {
    return head("logits").get(0).toFloatArray();
  }

  private NDList head(String kernel) {
    NDArray x = embed();
    for (Block block : blocks) {
      NDArray y = call(block, Set.of(), false).output(x);
      x.close();
      x = y;
    }
    return kernels.call(
        scratch, kernel(kernel), x, batch.targets(), values(model.head()), headNumbers());
  }

  /** Takes the gradients, as {@link Transformer#gradients} says, and returns the loss. */
  float gradients(Set<Parameter> wanted, GradientSink sink) {
    Deque<Tape> tapes = new ArrayDeque<>();
    NDArray x = forward(wanted, tapes);
    boolean below = isWantedBelow(blocks.size(), wanted);
    NDList results =
        kernels.call(
            scratch,
            kernel("score_vjp"),
            x,
            batch.targets(),
            values(model.head()),
            flags(model.head(), wanted, below),
            headNumbers());
    float loss = results.get(0).getFloat();
    NDList upstream = results.subNDList(1);
    deliver(upstream, below, model.head(), wanted, sink);
    for (int index = blocks.size() - 1; below && index >= 0; index--) {
      NDList gradients = tapes.pop().backward(upstream.get(0));
      upstream.get(0).close();
      upstream = gradients;
      below = isWantedBelow(index, wanted);
      deliver(upstream, below, blocks.get(index).parameters(), wanted, sink);
    }
    if (below) {
      embeddingBackward(upstream.get(0), wanted, sink);
    }
    return loss;
  }

  /** Runs embedding and blocks; those that the backward pass will come to leave a tape. */
  private NDArray forward(Set<Parameter> wanted, Deque<Tape> tapes) {
    NDArray x = embed();
    for (int index = 0; index < blocks.size(); index++) {
      Tape.Call call = call(blocks.get(index), wanted, isWantedBelow(index, wanted));
      if (isWantedBelow(index + 1, wanted)) {
        Tape tape = call.forward(x, model.memory());
        tapes.push(tape);
        x = tape.output();
      } else {
        x = call.output(x);
      }
    }
    return x;
  }

  private NDArray embed() {
    return kernels.callOne(
        scratch,
        kernel("embed"),
        batch.inputs(),
        values(model.embedding()),
        family.embeddingNumbers());
  }

  private void embeddingBackward(NDArray upstream, Set<Parameter> wanted, GradientSink sink) {
    NDList results =
        kernels.call(
            scratch,
            kernel("embed_vjp"),
            batch.inputs(),
            upstream,
            values(model.embedding()),
            flags(model.embedding(), wanted, false),
            family.embeddingNumbers());
    deliver(results, false, model.embedding(), wanted, sink);
  }

  private Tape.Call call(Block block, Set<Parameter> wanted, boolean wantsInput) {
    return new Tape.Call(
        kernels,
        scratch,
        family.kernels(),
        context,
        block,
        wanted,
        wantsInput,
        family.blockNumbers(model.overlayScale(), model.precision()));
  }

  /** Whether any parameter below block {@code index} is wanted. */
  private boolean isWantedBelow(int index, Set<Parameter> wanted) {
    return model.embedding().stream().anyMatch(wanted::contains)
        || blocks.subList(0, index).stream()
            .flatMap(block -> block.parameters().stream())
            .anyMatch(wanted::contains);
  }

  private static void deliver(
      NDList gradients,
      boolean afterInput,
      List<Parameter> parameters,
      Set<Parameter> wanted,
      GradientSink sink) {
    int next = afterInput ? 1 : 0;
    for (Parameter parameter : parameters) {
      if (wanted.contains(parameter)) {
        sink.accept(parameter, gradients.get(next++));
      }
    }
  }

  private double[] headNumbers() {
    return family.headNumbers(model.precision());
  }

  private String kernel(String name) {
    return family.kernels() + "_" + name;
  }

  /** Returns 1 for each wanted parameter, and last whether the input is wanted. */
  static double[] flags(List<Parameter> parameters, Set<Parameter> wanted, boolean last) {
    double[] flags = new double[parameters.size() + 1];
    for (int i = 0; i < parameters.size(); i++) {
      flags[i] = wanted.contains(parameters.get(i)) ? 1 : 0;
    }
    flags[parameters.size()] = last ? 1 : 0;
    return flags;
  }

  static List<NDArray> values(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::value).toList();
  }

  @Override
  public void close() {
    scratch.close();
  }
}
