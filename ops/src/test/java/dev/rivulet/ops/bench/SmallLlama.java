package dev.rivulet.ops.bench;

import dev.rivulet.trainer.model.FreshModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A LLaMA directory of two blocks with random weights. */
public final class SmallLlama {
  static final String CONFIG =
      """
      {"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
       "num_attention_heads": 4, "vocab_size": 256, "max_position_embeddings": 64}
      """;

  private SmallLlama() {}

  /** Writes config.json and model.safetensors. */
  public static Path write(Path directory) throws IOException {
    Files.writeString(directory.resolve("config.json"), CONFIG);
    FreshModel.write(directory, 0);
    return directory;
  }
}
