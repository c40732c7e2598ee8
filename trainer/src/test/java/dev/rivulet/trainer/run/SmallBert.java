package dev.rivulet.trainer.run;

import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A BERT directory of two blocks with random weights. The embedding of one token is NaN: a batch
 * with this token has no finite loss.
 */
public final class SmallBert {
  public static final int VOCABULARY = 50;
  public static final int POISON = VOCABULARY - 1;
  private static final long HIDDEN = 32;
  private static final long WIDE = 64;

  private final List<Tensor> tensors = new ArrayList<>();

  private SmallBert() {}

  /** Writes config.json and model.safetensors. */
  public static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "bert", "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": 2,
         "num_attention_heads": 4, "max_position_embeddings": 32, "vocab_size": %d}
        """
            .formatted(HIDDEN, WIDE, VOCABULARY));
    SmallBert bert = new SmallBert();
    bert.embeddings();
    for (int block = 0; block < 2; block++) {
      bert.block("encoder.layer.%d.".formatted(block));
    }
    SafetensorsWriter.write(directory.resolve("model.safetensors"), Map.of(), bert.tensors);
    return directory;
  }

  private void embeddings() {
    float[] words = normal("words", VOCABULARY * HIDDEN);
    Arrays.fill(words, (int) (POISON * HIDDEN), words.length, Float.NaN);
    add("embeddings.word_embeddings.weight", words, VOCABULARY, HIDDEN);
    matrix("embeddings.position_embeddings.weight", 32, HIDDEN);
    matrix("embeddings.token_type_embeddings.weight", 2, HIDDEN);
    norm("embeddings.LayerNorm");
  }

  private void block(String at) {
    for (String name : List.of("self.query", "self.key", "self.value", "output.dense")) {
      linear(at + "attention." + name, HIDDEN, HIDDEN);
    }
    norm(at + "attention.output.LayerNorm");
    linear(at + "intermediate.dense", WIDE, HIDDEN);
    linear(at + "output.dense", HIDDEN, WIDE);
    norm(at + "output.LayerNorm");
  }

  private void linear(String name, long out, long in) {
    matrix(name + ".weight", out, in);
    add(name + ".bias", new float[(int) out], out);
  }

  private void norm(String name) {
    float[] ones = new float[(int) HIDDEN];
    Arrays.fill(ones, 1);
    add(name + ".weight", ones, HIDDEN);
    add(name + ".bias", new float[(int) HIDDEN], HIDDEN);
  }

  private void matrix(String name, long rows, long cols) {
    add(name, normal(name, rows * cols), rows, cols);
  }

  private void add(String name, float[] values, long... shape) {
    tensors.add(Tensor.of(name, Arrays.stream(shape).boxed().toList(), values));
  }

  private static float[] normal(String name, long count) {
    float[] values = KeyedRandom.of(0, "small-bert", name, 0).normal((int) count);
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.15f;
    }
    return values;
  }
}
