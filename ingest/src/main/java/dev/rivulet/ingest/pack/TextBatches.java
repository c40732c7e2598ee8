package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.util.ArrayList;
import java.util.List;

/** Batches made of samples at hand, without a stream: as the packer makes them, unshuffled. */
public final class TextBatches {
  private TextBatches() {}

  /**
   * Packs samples in their order.
   *
   * @param config its tokenizer, task, classes, batch size and length count
   * @param samples with texts that are not blank; each batch names them by their places in this
   *     list. In classification, one without a label of the stream has class -1: such a batch has
   *     logits, but no loss
   * @throws IllegalArgumentException when the tokenizer cannot be read or lacks what the task needs
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
