package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.Task;
import java.nio.file.Path;
import java.util.List;

/** Packer settings for tests. */
final class Configs {
  private Configs() {}

  static PackerConfig of(Task task, int batchSize, int maxLength, int window) {
    return new PackerConfig(
        "stream",
        "source",
        Path.of("tokenizer.json"),
        task,
        List.of("no", "yes"),
        null,
        batchSize,
        maxLength,
        window,
        1,
        false,
        0.25,
        7);
  }
}
