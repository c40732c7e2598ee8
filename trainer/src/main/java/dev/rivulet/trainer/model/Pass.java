package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.model.Block.Piece;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
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
  private final Parts parts;
  private final NDManager scratch;
  private final List<NDArray> inputs;
  private final List<NDArray> context;
  private final Deque<Tape> tapes = new ArrayDeque<>();

  /** The block that the backward pass has come through; past the last: the head. */
  private int level;

  private Set<Parameter> wanted = Set.of();

  /** Whether anything below the level is wanted; then the first gradient found is the input's. */
  private boolean below;

  private NDList found = new NDList();

  /**
   * Begins a pass.
   *
   * @param context what all blocks share: the batch's layout, and the family's tables
   */
  Pass(Transformer model, TokenBatch batch, List<NDArray> context) {
    this(model, batch, context, Parts.WHOLE);
  }

  /** Begins a pass of a batch as many times over as there are parts. */
  Pass(Transformer model, TokenBatch batch, List<NDArray> context, Parts parts) {
    this.model = model;
    this.batch = batch;
    this.parts = parts;
    kernels = model.kernels();
    family = model.family();
    blocks = model.blocks();
    scratch = kernels.manager().newSubManager();
    int layout = batch.layout().size();
    this.context = new ArrayList<>(repeated("repeated_layout", context.subList(0, layout)));
    this.context.addAll(context.subList(layout, context.size()));
    inputs = new ArrayList<>(repeated("repeated", batch.inputs()));
    inputs.add(this.context.get(TokenBatch.PLACES));
  }

  /** Returns tensors as they are for the rows as many times over as there are parts. */
  private List<NDArray> repeated(String kernel, List<NDArray> tensors) {
    return parts.count() == 1
        ? tensors
        : kernels.call(scratch, kernel, tensors, new double[] {parts.count()});
  }

  Evaluation evaluate() {
    NDList results = head("score");
    return new Evaluation(results.get(0).getFloat(), results.get(1).toLongArray());
  }

  float[] logits() {
    return head("logits").get(0).toFloatArray();
  }

  /** Returns the mean loss of each part. */
  double[] losses() {
    double[] numbers = headNumbers();
    double[] withParts = Arrays.copyOf(numbers, numbers.length + 1);
    withParts[numbers.length] = parts.count();
    List<Parameter> head = model.head();
    return kernels
        .callOne(
            scratch,
            kernel("losses"),
            hidden(),
            batch.targets(),
            parts.values(head),
            parts.flags(head),
            withParts)
        .toDoubleArray();
  }

  private NDList head(String kernel) {
    return kernels.call(
        scratch, kernel(kernel), hidden(), batch.targets(), values(model.head()), headNumbers());
  }

  /** Runs embedding and blocks, and keeps nothing but the last output. */
  private NDArray hidden() {
    NDArray x = embed();
    for (int index = 0; index < blocks.size(); index++) {
      NDArray y = call(index, Set.of(), false).output(x);
      x.close();
      x = y;
    }
    return x;
  }

  /** Takes the gradients, as {@link Transformer#gradients} says, and returns the loss. */
  float gradients(Set<Parameter> wanted, GradientSink sink) {
    float loss = begin(wanted);
    do {
      deliver(sink);
    } while (descend());
    return loss;
  }

  /** Goes forward, and back through the head; returns the loss. */
  float begin(Set<Parameter> wanted) {
    this.wanted = wanted;
    NDArray x = forward();
    below = isWantedBelow(blocks.size());
    NDList results =
        kernels.call(
            scratch,
            kernel("score_vjp"),
            x,
            batch.targets(),
            values(model.head()),
            flags(model.head(), wanted, below),
            headNumbers());
    if (below) {
      tapes.element().dropOutput();
    }
    level = blocks.size();
    found = results.subNDList(1);
    return results.get(0).getFloat();
  }

  /** Hands on the gradients of what the backward pass has just come through. */
  void deliver(GradientSink sink) {
    int next = below ? 1 : 0;
    for (Parameter parameter : parameters()) {
      if (wanted.contains(parameter)) {
        sink.accept(parameter, found.get(next++));
      }
    }
  }

  /**
   * Goes back through the next block, or after the first through the embedding; returns false when
   * nothing further down is wanted.
   */
  boolean descend() {
    if (!below) {
      return false;
    }
    NDArray upstream = found.get(0);
    level--;
    below = level >= 0 && isWantedBelow(level);
    found = level < 0 ? embeddingBackward(upstream) : tapes.pop().backward(upstream);
    if (level >= 0) {
      upstream.close();
    }
    return true;
  }

  /** Returns the parameters of the level, in the order of their gradients. */
  private List<Parameter> parameters() {
    if (level == blocks.size()) {
      return model.head();
    }
    return level < 0 ? model.embedding() : blocks.get(level).parameters();
  }

  /** Runs embedding and blocks; those that the backward pass will come to leave a tape. */
  private NDArray forward() {
    NDArray x = embed();
    for (int index = 0; index < blocks.size(); index++) {
      Tape.Call call = call(index, wanted, isWantedBelow(index));
      if (isWantedBelow(index + 1)) {
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
        inputs,
        parts.values(model.embedding()),
        family.embeddingNumbers());
  }

  private NDList embeddingBackward(NDArray upstream) {
    return kernels.call(
        scratch,
        kernel("embed_vjp"),
        inputs,
        upstream,
        values(model.embedding()),
        flags(model.embedding(), wanted, false),
        family.embeddingNumbers());
  }

  private Tape.Call call(int index, Set<Parameter> wanted, boolean wantsInput) {
    boolean last = index == blocks.size() - 1;
    return new Tape.Call(
        kernels,
        scratch,
        family.kernels(),
        context,
        parts,
        blocks.get(index),
        Piece.BLOCK,
        wanted,
        wantsInput,
        family.blockNumbers(model.precision(), last));
  }

  /** Whether any parameter below block {@code index} is wanted. */
  private boolean isWantedBelow(int index) {
    return model.embedding().stream().anyMatch(wanted::contains)
        || blocks.subList(0, index).stream()
            .flatMap(block -> block.parameters().stream())
            .anyMatch(wanted::contains);
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
