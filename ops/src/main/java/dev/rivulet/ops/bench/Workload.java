package dev.rivulet.ops.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.ModelShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What every contender trains: a model, and batches of random tokens without padding.
 *
 * @param model Hugging Face directory
 * @param shape shape of the model
 * @param vocabulary size of the model's vocabulary
 * @param rows sequences per batch
 * @param length tokens per sequence
 */
record Workload(Path model, ModelShape shape, int vocabulary, int rows, int length) {
  /** Classes of a classifier. */
  static final int CLASSES = 2;

  /** Seed of the tokens and of the methods' random numbers. */
  static final long SEED = 0;

  /** Name of the stream of the batches. */
  static final String STREAM = "bench";

  /**
   * Returns a workload.
   *
   * @throws UsageException when the directory has no supported model, or the model accepts only
   *     shorter sequences
   * @throws IOException when its {@code config.json} cannot be read
   */
  static Workload of(Path model, int rows, int length) throws IOException {
    ModelShape shape = ModelShape.read(model, CLASSES);
    int longest = ModelLoader.maxLength(model);
    if (length > longest) {
      throw new UsageException(
          "a length of %d is too large: the model in %s accepts at most %d tokens"
              .formatted(length, model, longest));
    }
    int vocabulary =
        new ObjectMapper()
            .readTree(model.resolve("config.json").toFile())
            .path("vocab_size")
            .asInt();
    return new Workload(model, shape, vocabulary, rows, length);
  }

  /** Returns the tokens of a batch. */
  long tokens() {
    return (long) rows * length;
  }

  /**
   * Returns whether a contender trains the embedding. AdamW always does; overlay methods do for a
   * language model; LoRA and LOZO do not.
   */
  boolean trainsEmbedding(Contender contender) {
    return switch (contender.algorithm()) {
      case ADAMW -> true;
      case ADARANKGRAD, LOQT -> shape.causal();
      case LORA, LOZO -> false;
    };
  }

  /** Returns the estimated memory of training. */
  MemoryEstimate estimate(Contender contender) {
    return contender
        .method(Contender.REFRESH_EVERY)
        .memory(
            new MemoryPlan(
                shape,
                trainsEmbedding(contender),
                contender.base(),
                contender.precision(),
                contender.memory(),
                rows,
                length));
  }

  /** Returns the multiply-adds of a contender's step. */
  long multiplyAdds(Contender contender) {
    return contender
        .method(Contender.REFRESH_EVERY)
        .multiplyAdds(new MultiplyAdds(shape, trainsEmbedding(contender), rows, length));
  }

  /**
   * Returns a batch.
   *
   * @param index index in the stream, from 0
   */
  Batch batch(long index) {
    KeyedRandom random = KeyedRandom.of(SEED, "bench", "tokens", index);
    int[] tokens = new int[rows * length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) (random.uniform(i) * vocabulary);
    }
    int[] classes = new int[rows];
    for (int row = 0; row < rows; row++) {
      classes[row] = tokens[row * length] % CLASSES;
    }
    byte[] mask = new byte[tokens.length];
    Arrays.fill(mask, (byte) 1);
    return Batch.newBuilder()
        .setStream(STREAM)
        .setDataEpoch(0)
        .setIndex(index)
        .setTask(shape.causal() ? Task.CAUSAL_LM : Task.CLASSIFICATION)
        .setRows(rows)
        .setLength(length)
        .setTokenIds(ByteBuffer.wrap(LittleEndian.bytes(tokens)))
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(ByteBuffer.wrap(LittleEndian.bytes(shape.causal() ? tokens : classes)))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }

  /** Returns the end-of-stream record of a stream without batches. */
  static Batch end() {
    ByteBuffer nothing = ByteBuffer.allocate(0);
    return Batch.newBuilder()
        .setStream(STREAM)
        .setDataEpoch(0)
        .setIndex(0)
        .setTask(Task.CLASSIFICATION)
        .setRows(0)
        .setLength(0)
        .setTokenIds(nothing)
        .setAttentionMask(nothing)
        .setLabels(nothing)
        .setSources(List.of())
        .setTokenizerSha256("")
        .setEndOfStream(true)
        .build();
  }
}
