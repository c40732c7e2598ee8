package dev.rivulet.ops.config;

import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.schemas.record.Task;
import java.util.Optional;

/** The section {@code data}: how samples become batches. */
final class DataSection {
  private DataSection() {}

  static Optional<PackerConfig> read(Section data, String stream, ModelDirectory model, long seed) {
    Optional<PackerConfig> config =
        data.build(
            () ->
                new PackerConfig(
                    stream,
                    data.find("source", Kind.NAME, "the source of the samples; absent: all sources")
                        .orElse(null),
                    model.tokenizer(),
                    data.get(
                        "task",
                        Kind.choice(Task.class),
                        Task.CLASSIFICATION,
                        "what the labels are; classification needs model.labels"),
                    model.labels(),
                    data.find(
                            "endOfText",
                            Kind.TEXT,
                            "token that ends a text in causal-lm; absent: the tokenizer's own")
                        .orElse(null),
                    data.get("batchSize", Kind.count(1), 16, "sequences per batch"),
                    data.get(
                        "maxLength",
                        Kind.count(8),
                        64,
                        "tokens per sequence at most; exactly, in causal-lm"),
                    data.get(
                        "shuffleWindow",
                        Kind.count(1),
                        65_536,
                        "sequences that are shuffled among each other"),
                    data.get("epochs", Kind.count(1), 1, "passes over the data"),
                    data.get(
                        "follow",
                        Kind.FLAG,
                        false,
                        "wait for more samples without end; 1 epoch then"),
                    data.get(
                        "evalShare",
                        Kind.BELOW_ONE,
                        0.1,
                        "share for evaluation of samples that have no split of their own"),
                    seed));
    data.done();
    return config;
  }
}
