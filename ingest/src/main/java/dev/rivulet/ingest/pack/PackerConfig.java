package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.RunKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one stream of batches.
 *
 * @param stream name of the stream
 * @param source source of its samples; null for all sources
 * @param tokenizer a Hugging Face tokenizer.json
 * @param task decides what the labels of the batches mean
 * @param labels class names in the order of their indices; empty for language modelling
 * @param endOfText name of the token that ends a text in language modelling; null for the one that
 *     {@link dev.rivulet.ingest.tokenizer.EndOfText#find} infers from the tokenizer
 * @param batchSize sequences per batch
 * @param maxLength maximum number of tokens per sequence; for language modelling the exact number
 * @param shuffleWindow sequences that are shuffled together, rounded up to whole batches: 1 means
 *     one batch. For language modelling at most as many as hold 2^22 tokens
 * @param dataEpochs passes over the data
 * @param follow whether to wait for new samples forever, with one data epoch. Otherwise the stream
 *     closes after the samples that exist when it starts
 * @param evalShare share, in [0, 1), of the samples without a split that go to evaluation
 * @param seed seed of shuffling and splitting
 */
public record PackerConfig(
    String stream,
    @Nullable String source,
    Path tokenizer,
    Task task,
    List<String> labels,
    @Nullable String endOfText,
    int batchSize,
    int maxLength,
    int shuffleWindow,
    int dataEpochs,
    boolean follow,
    double evalShare,
    long seed) {
  /** Most tokens in a batch, so that its record stays below Kafka's default limit of 1 MiB. */
  public static final int MAX_BATCH_TOKENS = 80_000;

  /**
   * Checks the settings.
   *
   * @throws UsageException when any is invalid: the message lists all of them
   */
  public PackerConfig {
    labels = task == Task.CLASSIFICATION ? List.copyOf(labels) : List.of();
    RunKey.requireValid("stream", stream);
    if (source != null) {
      RunKey.requireValid("source", source);
    }
    List<String> problems = new ArrayList<>();
    if (task == Task.CLASSIFICATION && (labels.size() < 2 || repeats(labels))) {
      problems.add("labels %s: give at least two different class names".formatted(labels));
    }
    if (task != Task.CAUSAL_LM && endOfText != null) {
      problems.add("endOfText '%s': only for language modelling".formatted(endOfText));
    }
    atLeast(1, "batchSize", batchSize, problems);
    atLeast(8, "maxLength", maxLength, problems);
    atLeast(1, "shuffleWindow", shuffleWindow, problems);
    atLeast(1, "dataEpochs", dataEpochs, problems);
    if ((long) batchSize * maxLength > MAX_BATCH_TOKENS) {
      problems.add(
          "batchSize %d x maxLength %d: at most %,d tokens fit in one batch"
              .formatted(batchSize, maxLength, MAX_BATCH_TOKENS));
    }
    if (follow && dataEpochs != 1) {
      problems.add("dataEpochs %d: must be 1 for a stream that follows".formatted(dataEpochs));
    }
    if (!(evalShare >= 0 && evalShare < 1)) {
      problems.add("evalShare %s: must be at least 0 and below 1".formatted(evalShare));
    }
    if (!problems.isEmpty()) {
      throw new UsageException("stream '%s': %s".formatted(stream, String.join("; ", problems)));
    }
  }

  /** Returns the sequences per window: whole batches. */
  int window() {
    return Packing.roundUp(shuffleWindow, batchSize);
  }

  /**
   * Returns a hash of all settings that determine the contents of the batches.
   *
   * @param tokenizer the tokenizer's {@link TextTokenizer#identity}
   */
  String fingerprint(String tokenizer) {
    List<?> all =
        List.of(
            String.valueOf(source),
            tokenizer,
            task,
            labels,
            batchSize,
            maxLength,
            shuffleWindow,
            dataEpochs,
            follow,
            evalShare,
            seed);
    return Digests.hex(Digests.sha256(all.toString())).substring(0, 16);
  }

  private static void atLeast(int least, String name, int value, List<String> problems) {
    if (value < least) {
      problems.add("%s %d: must be at least %d".formatted(name, value, least));
    }
  }

  private static boolean repeats(List<String> labels) {
    return Set.copyOf(labels).size() < labels.size();
  }
}
