package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A transformer of any family: an embedding, blocks, and a head that turns hidden states into
 * logits.
 *
 * <p>The backward pass takes the blocks from the last to the first and hands on each one's
 * gradients before it goes to the next, so that the full gradients of one block exist at a time.
 * What the forward pass keeps for it is the {@link MemoryMode}'s choice; both give the same bits.
 *
 * <p>There is no dropout: a step is a function of weights and batch. Not thread-safe.
 */
public final class Transformer implements AutoCloseable {
  private final Kernels kernels;
  private final Family family;
  private final String baseSha256;
  private final List<Parameter> embedding;
  private final List<Block> blocks;
  private final List<Parameter> head;
  private float overlayScale = 1;
  private Precision precision = Precision.FP32;
  private MemoryMode memory = MemoryMode.FAST;
  private int tableLength;
  private List<Parameter> tables = List.of();

  Transformer(
      Kernels kernels,
      Family family,
      String baseSha256,
      List<Parameter> embedding,
      List<Block> blocks,
      List<Parameter> head) {
    this.kernels = kernels;
    this.family = family;
    this.baseSha256 = baseSha256;
    this.embedding = embedding;
    this.blocks = blocks;
    this.head = head;
  }

  /** Returns the hash (hex) of the tensors that the model was loaded from. */
  public String baseSha256() {
    return baseSha256;
  }

  public Kernels kernels() {
    return kernels;
  }

  /** Returns the longest sequence that the model takes, in tokens. */
  public int maxLength() {
    return family.maxLength();
  }

  /** Sets the scale s of all overlays; 1 at first. */
  public void setOverlayScale(float scale) {
    overlayScale = scale;
  }

  /** Returns the type that matrix products are computed in. */
  public Precision precision() {
    return precision;
  }

  /** Sets the type that matrix products are computed in; float32 at first. */
  public void setPrecision(Precision precision) {
    this.precision = precision;
  }

  /** Sets what the forward pass keeps; everything at first. */
  public void setMemory(MemoryMode memory) {
    this.memory = memory;
  }

  /** Returns the linear layers of the blocks: those that can carry an overlay. */
  public List<LinearLayer> layers() {
    return blocks.stream().flatMap(block -> block.layers().stream()).toList();
  }

  /** Returns the tables of the embedding, and its norm where it has one. */
  public List<Parameter> embedding() {
    return embedding;
  }

  /**
   * Returns what is neither a linear layer's weight nor part of the embedding: biases, norms, and
   * the head unless it is tied to the embedding.
   */
  public List<Parameter> small() {
    return Stream.concat(blocks.stream().flatMap(block -> block.small().stream()), head.stream())
        .filter(parameter -> !embedding.contains(parameter))
        .toList();
  }

  /** Returns loss and predictions for a batch. */
  public Evaluation evaluate(TokenBatch batch) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDList results = head(scratch, "score", batch);
      return new Evaluation(results.get(0).getFloat(), results.get(1).toLongArray());
    }
  }

  /** Returns the logits for a batch's targets, [targets, classes], row-major. */
  public float[] logits(TokenBatch batch) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      return head(scratch, "logits", batch).get(0).toFloatArray();
    }
  }

  private NDList head(NDManager scratch, String kernel, TokenBatch batch) {
    List<NDArray> context = context(batch);
    NDArray x = embed(scratch, batch);
    for (Block block : blocks) {
      NDArray y = call(scratch, context, block, Set.of(), false).output(x);
      x.close();
      x = y;
    }
    return kernels.call(
        scratch, kernel(kernel), x, batch.targets(), values(head), family.headNumbers(precision));
  }

  /**
   * Takes the gradients of the mean loss of a batch.
   *
   * @param wanted the parameters whose gradients are taken
   * @param sink receives them; those of a later block before those of an earlier one. A parameter
   *     that is used twice (a tied table) has two, whose sum counts
   * @return the loss, in nats; may be not finite
   */
  public float gradients(TokenBatch batch, Set<Parameter> wanted, GradientSink sink) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      Deque<Tape> tapes = new ArrayDeque<>();
      NDArray x = forward(scratch, batch, wanted, tapes);
      boolean below = isWantedBelow(blocks.size(), wanted);
      NDList results =
          kernels.call(
              scratch,
              kernel("score_vjp"),
              x,
              batch.targets(),
              values(head),
              flags(head, wanted, below),
              family.headNumbers(precision));
      float loss = results.get(0).getFloat();
      NDList upstream = results.subNDList(1);
      deliver(upstream, below, head, wanted, sink);
      for (int index = blocks.size() - 1; below; index--) {
        if (index < 0) {
          embeddingBackward(scratch, batch, upstream.get(0), wanted, sink);
          break;
        }
        NDList gradients = tapes.pop().backward(upstream.get(0));
        upstream.get(0).close();
        upstream = gradients;
        below = isWantedBelow(index, wanted);
        deliver(upstream, below, blocks.get(index).parameters(), wanted, sink);
      }
      return loss;
    }
  }

  /** Runs embedding and blocks; those that the backward pass will come to leave a tape. */
  private NDArray forward(
      NDManager scratch, TokenBatch batch, Set<Parameter> wanted, Deque<Tape> tapes) {
    List<NDArray> context = context(batch);
    NDArray x = embed(scratch, batch);
    for (int index = 0; index < blocks.size(); index++) {
      Block block = blocks.get(index);
      Tape.Call call = call(scratch, context, block, wanted, isWantedBelow(index, wanted));
      if (isWantedBelow(index + 1, wanted)) {
        Tape tape = call.forward(x, memory);
        tapes.push(tape);
        x = tape.output();
      } else {
        x = call.output(x);
      }
    }
    return x;
  }

  private void embeddingBackward(
      NDManager scratch,
      TokenBatch batch,
      NDArray upstream,
      Set<Parameter> wanted,
      GradientSink sink) {
    NDList results =
        kernels.call(
            scratch,
            kernel("embed_vjp"),
            batch.inputs(),
            upstream,
            values(embedding),
            flags(embedding, wanted, false),
            family.embeddingNumbers());
    deliver(results, false, embedding, wanted, sink);
  }

  private Tape.Call call(
      NDManager owner,
      List<NDArray> context,
      Block block,
      Set<Parameter> wanted,
      boolean wantsInput) {
    return new Tape.Call(
        kernels,
        owner,
        family.kernels(),
        context,
        block,
        wanted,
        wantsInput,
        family.blockNumbers(overlayScale, precision));
  }

  /** Whether any parameter below block {@code index} is wanted. */
  private boolean isWantedBelow(int index, Set<Parameter> wanted) {
    return embedding.stream().anyMatch(wanted::contains)
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

  private NDArray embed(NDManager scratch, TokenBatch batch) {
    return kernels.callOne(
        scratch, kernel("embed"), batch.inputs(), values(embedding), family.embeddingNumbers());
  }

  /**
   * Returns the mask and the family's tables for the batch's length.
   *
   * @throws IllegalArgumentException when the batch does not fit the model
   */
  private List<NDArray> context(TokenBatch batch) {
    int length = batch.length();
    if (batch.task() != family.task()) {
      throw new IllegalArgumentException(
          "a batch for %s, and the model does %s: set data.task to fit the model"
              .formatted(batch.task(), family.task()));
    }
    if (length > family.maxLength()) {
      throw new IllegalArgumentException(
          "batch of %d tokens per row, and the model takes %d"
              .formatted(length, family.maxLength()));
    }
    if (length != tableLength) {
      tables.forEach(Parameter::close);
      tables = family.tables(kernels.manager(), length);
      tableLength = length;
    }
    return Stream.concat(Stream.of(batch.mask()), tables.stream().map(Parameter::value)).toList();
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

  /** Returns every parameter once, overlays included. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding);
    blocks.forEach(block -> all.addAll(block.parameters()));
    all.addAll(head);
    return all.stream().distinct().toList();
  }

  @Override
  public void close() {
    new HashSet<>(parameters()).forEach(Parameter::close);
    tables.forEach(Parameter::close);
  }
}
