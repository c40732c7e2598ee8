package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.util.ArrayList;
import java.util.List;

/** Batches of samples in memory: packed as the packer does, but without Kafka and unshuffled. */
public final class TextBatches {
  private TextBatches() {}

  /**
   * Packs samples in their order.
   *
   * @param config provides the tokenizer, task, classes, batch size and length; the rest is ignored
   * @param samples with texts that are not blank; the batches refer to them by their indices in
   *     this list. In classification, a sample without one of the labels has class -1: such a batch
   *     has logits, but no loss
   * @throws UsageException when the tokenizer cannot be read or lacks what the task needs
   */
  public static List<Batch> of(PackerConfig config, List<Sample> samples) {
    try (TextTokenizer tokenizer =
        new TextTokenizer(
            config.tokenizer(), config.task(), config.maxLength(), config.endOfText())) {
      List<TokenizedSample> tokenized = new ArrayList<>();
      for (Sample sample : samples) {
        SourceOffset source = new SourceOffset(0, (long) tokenized.size());
        tokenized.add(tokenizer.tokenize(sample, label(config, sample), source));
      }
      return new Batching(config, tokenizer.sha256()).batches(tokenized, 0, 0);
    }
  }

  private static int label(PackerConfig config, Sample sample) {
    return config.task() == Task.CLASSIFICATION && sample.getLabel() != null
        ? config.labels().indexOf(sample.getLabel())
        : -1;
  }
}
