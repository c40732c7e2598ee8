package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A BERT-family encoder with a classification head (pooler, tanh, classifier).
 *
 * <p>The forward pass keeps the inputs of the blocks only; the backward pass takes the blocks from
 * the last to the first, re-runs each, and hands its gradients on before it goes to the next. So
 * the full gradients of one block exist at a time, and activations of one block.
 *
 * <p>There is no dropout: a step is a function of weights and batch. Not thread-safe.
 */
public final class BertClassifier implements AutoCloseable {
  private final Kernels kernels;
  private final BertConfig config;
  private final String baseSha256;
  private final List<Parameter> embedding;
  private final List<BertBlock> blocks;
  private final List<Parameter> head;
  private float overlayScale = 1;

  BertClassifier(
      Kernels kernels,
      BertConfig config,
      String baseSha256,
      List<Parameter> embedding,
      List<BertBlock> blocks,
      List<Parameter> head) {
    this.kernels = kernels;
    this.config = config;
    this.baseSha256 = baseSha256;
    this.embedding = embedding;
    this.blocks = blocks;
    this.head = head;
  }

  /** Returns the hash (hex) of the tensors that the model was loaded from. */
  public String baseSha256() {
    return baseSha256;
  }

  public BertConfig config() {
    return config;
  }

  public Kernels kernels() {
    return kernels;
  }

  /** Sets the scale s of all overlays. */
  public void setOverlayScale(float scale) {
    overlayScale = scale;
  }

  /** Returns the linear layers of the blocks: those that can carry an overlay. */
  public List<LinearLayer> layers() {
    return blocks.stream().flatMap(block -> block.layers().stream()).toList();
  }

  /** Returns the embedding tables and their norm. */
  public List<Parameter> embedding() {
    return embedding;
  }

  /** Returns the small tensors of the blocks, and the head: biases, norms, pooler, classifier. */
  public List<Parameter> small() {
    return Stream.concat(blocks.stream().flatMap(block -> block.small().stream()), head.stream())
        .toList();
  }

  /** Returns loss and logits of a batch. */
  public Evaluation evaluate(TokenBatch batch) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray x = embed(scratch, batch);
      for (BertBlock block : blocks) {
        NDArray y =
            kernels.callOne(scratch, "bert_block", x, batch.mask(), block.values(), blockNumbers());
        x.close();
        x = y;
      }
      return evaluation(kernels.call(scratch, "bert_head", x, batch.labels(), values(head)));
    }
  }

  /**
   * Takes the gradients of the mean loss of a batch.
   *
   * @param wanted the parameters whose gradients are taken
   * @param sink receives them; those of a later block before those of an earlier one
   */
  public Evaluation gradients(TokenBatch batch, Set<Parameter> wanted, GradientSink sink) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      Deque<NDArray> inputs = new ArrayDeque<>();
      NDArray x = embed(scratch, batch);
      for (BertBlock block : blocks) {
        inputs.push(x);
        x = kernels.callOne(scratch, "bert_block", x, batch.mask(), block.values(), blockNumbers());
      }
      NDList results = kernels.call(scratch, "bert_head_vjp", x, batch.labels(), values(head));
      x.close();
      Evaluation evaluation = evaluation(results);
      deliver(results.subNDList(3), head, wanted, sink);
      NDArray upstream = isWantedBelow(blocks.size(), wanted) ? results.get(2) : null;
      for (int index = blocks.size() - 1; index >= 0 && upstream != null; index--) {
        boolean below = isWantedBelow(index, wanted);
        upstream =
            blockBackward(scratch, batch, inputs.pop(), upstream, index, wanted, below, sink);
      }
      if (upstream != null) {
        embeddingBackward(scratch, batch, upstream, wanted, sink);
      }
      return evaluation;
    }
  }

  private @Nullable NDArray blockBackward(
      NDManager scratch,
      TokenBatch batch,
      NDArray x,
      NDArray upstream,
      int index,
      Set<Parameter> wanted,
      boolean below,
      GradientSink sink) {
    List<Parameter> parameters = blocks.get(index).parameters();
    double[] flags = flags(parameters, wanted, below);
    NDList results =
        kernels.call(
            scratch,
            "bert_block_vjp",
            x,
            batch.mask(),
            upstream,
            blocks.get(index).values(),
            flags,
            blockNumbers());
    x.close();
    upstream.close();
    deliver(below ? results.subNDList(1) : results, parameters, wanted, sink);
    return below ? results.get(0) : null;
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
            "bert_embed_vjp",
            batch.ids(),
            batch.types(),
            upstream,
            values(embedding),
            flags(embedding, wanted, false),
            embeddingNumbers());
    deliver(results, embedding, wanted, sink);
  }

  /** Whether any parameter below block {@code index} is wanted. */
  private boolean isWantedBelow(int index, Set<Parameter> wanted) {
    return embedding.stream().anyMatch(wanted::contains)
        || blocks.subList(0, index).stream()
            .flatMap(block -> block.parameters().stream())
            .anyMatch(wanted::contains);
  }

  private static void deliver(
      NDList gradients, List<Parameter> parameters, Set<Parameter> wanted, GradientSink sink) {
    int next = 0;
    // The head's kernel gives the gradients of all its parameters, the others of the wanted ones.
    boolean all = gradients.size() == parameters.size();
    for (Parameter parameter : parameters) {
      boolean isWanted = wanted.contains(parameter);
      if (isWanted) {
        sink.accept(parameter, gradients.get(next));
      }
      next += isWanted || all ? 1 : 0;
    }
  }

  private NDArray embed(NDManager scratch, TokenBatch batch) {
    if (batch.ids().getShape().get(1) > config.maxLength()) {
      throw new IllegalArgumentException(
          "batch of %d tokens per row, and the model takes %d"
              .formatted(batch.ids().getShape().get(1), config.maxLength()));
    }
    return kernels.callOne(
        scratch, "bert_embed", batch.ids(), batch.types(), values(embedding), embeddingNumbers());
  }

  private double[] embeddingNumbers() {
    return new double[] {config.eps(), config.firstPosition()};
  }

  private double[] blockNumbers() {
    return new double[] {config.heads(), config.eps(), overlayScale};
  }

  private static double[] flags(List<Parameter> parameters, Set<Parameter> wanted, boolean last) {
    double[] flags = new double[parameters.size() + 1];
    for (int i = 0; i < parameters.size(); i++) {
      flags[i] = wanted.contains(parameters.get(i)) ? 1 : 0;
    }
    flags[parameters.size()] = last ? 1 : 0;
    return flags;
  }

  private static Evaluation evaluation(NDList results) {
    return new Evaluation(results.get(0).getFloat(), results.get(1).toFloatArray());
  }

  private static List<NDArray> values(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::value).toList();
  }

  /** Returns every parameter, overlays included. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding);
    blocks.forEach(block -> all.addAll(block.parameters()));
    all.addAll(head);
    return all;
  }

  @Override
  public void close() {
    new HashSet<>(parameters()).forEach(Parameter::close);
  }
}
