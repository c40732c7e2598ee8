package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.util.ArrayList;
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

  /**
   * Returns the head where it tells classes apart; nothing for a language model, whose head comes
   * with the base model.
   */
  public List<Parameter> classifier() {
    return family.task() == Task.CLASSIFICATION ? head : List.of();
  }

  /** Returns the bytes of the factors of all layers. */
  public long overlayBytes() {
    return layers().stream()
        .flatMap(layer -> layer.overlay().stream())
        .mapToLong(Parameter::bytes)
        .sum();
  }

  /** Returns loss and predictions for a batch. */
  public Evaluation evaluate(TokenBatch batch) {
    try (Pass pass = new Pass(this, batch, context(batch))) {
      return pass.evaluate();
    }
  }

  /**
   * Returns the mean loss of a batch for each of several variants of the model, in nats; may be not
   * finite. The batch goes through once, with its rows as many times over as there are parts, and
   * no activation outlives its block.
   *
   * @param parts what sets the variants apart
   */
  public double[] losses(TokenBatch batch, Parts parts) {
    try (Pass pass = new Pass(this, batch, context(batch), parts)) {
      return pass.losses();
    }
  }

  /** Returns the logits for a batch's targets, [targets, classes], row-major. */
  public float[] logits(TokenBatch batch) {
    try (Pass pass = new Pass(this, batch, context(batch))) {
      return pass.logits();
    }
  }

  /**
   * Returns the logits of the token after a sequence, [vocabulary]; those of the last position
   * alone are computed.
   *
   * @param ids token ids, at least one and at most {@link #maxLength}
   * @throws RunException when the model is a classifier, or lacks a token
   */
  public float[] nextLogits(int[] ids) {
    long vocabulary = embedding.get(0).shape().get(0);
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new UsageException(
            "token %d: the model has %d tokens; is the tokenizer another model's?"
                .formatted(id, vocabulary));
      }
    }
    try (TokenBatch sequence = TokenBatch.sequence(kernels.manager(), ids)) {
      return logits(sequence);
    }
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
    try (Pass pass = new Pass(this, batch, context(batch))) {
      return pass.gradients(wanted, sink);
    }
  }

  /**
   * Takes the gradients of the mean loss over all targets of some batches, like {@link #gradients},
   * and hands each block's on when all batches have come through it: so one block's full gradients
   * exist at a time, however many batches there are.
   */
  public float gradientsByBlock(
      List<TokenBatch> batches, Set<Parameter> wanted, GradientSink sink) {
    if (batches.size() == 1) {
      return gradients(batches.get(0), wanted, sink);
    }
    // All are checked before any pass begins, and the tables of the longest serve them all.
    batches.forEach(this::context);
    List<Pass> passes = batches.stream().map(it -> new Pass(this, it, context(it))).toList();
    try (JointPass pass = new JointPass(passes, batches)) {
      return pass.gradients(wanted, sink);
    }
  }

  /**
   * Returns the batch's layout and the family's tables for its length.
   *
   * @throws RunException when the batch does not fit the model
   */
  private List<NDArray> context(TokenBatch batch) {
    int length = batch.length();
    if (batch.task() != family.task()) {
      throw new RunException(
          "a batch for %s, and the model does %s: set data.task to fit the model"
              .formatted(batch.task(), family.task()));
    }
    if (length > family.maxLength()) {
      throw new RunException(
          "batch of %d tokens per row, and the model takes %d"
              .formatted(length, family.maxLength()));
    }
    if (length > tableLength) {
      tables.forEach(Parameter::close);
      tables = family.tables(kernels.manager(), length);
      tableLength = length;
    }
    return Stream.concat(batch.layout().stream(), Pass.values(tables).stream()).toList();
  }

  Family family() {
    return family;
  }

  List<Block> blocks() {
    return blocks;
  }

  List<Parameter> head() {
    return head;
  }

  MemoryMode memory() {
    return memory;
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
