package dev.rivulet.ops.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.ingest.tokenizer.BytePairTokenizer;
import dev.rivulet.ingest.tokenizer.BytePairTrainer;
import dev.rivulet.trainer.model.FreshModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The content of a pre-training run's folder: samples, settings, and an untrained model with its
 * own tokenizer.
 *
 * @param method name of the method
 * @param steps optimizer steps
 * @param vocabulary tokens of the tokenizer
 * @param corpus the texts for tokenizer and model
 */
public record PretrainRun(String method, long steps, int vocabulary, Corpus corpus)
    implements DemoRun.Contents {
  /** Steps of a run without {@code --steps}. */
  public static final long DEFAULT_STEPS = 1000;

  /** Texts of a run without {@code --limit}. */
  public static final int DEFAULT_TEXTS = 10_000;

  static final String SERIES = "pretrain";
  static final String DEFAULT_METHOD = "adarankgrad";
  static final int DEFAULT_VOCABULARY = 512;

  private static final int ROWS = 8;
  private static final int LENGTH = 128;
  private static final long MAX_WARMUP_STEPS = 50;
  private static final long SEED = 0;

  /** An upper bound for most tokens, so that there are enough data epochs. */
  private static final int BYTES_PER_TOKEN = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Returns the run with a name on the reviews; creates it if necessary.
   *
   * @param texts the largest number of texts
   * @param progress gets a line before each long operation
   * @throws IOException when the reviews cannot be downloaded; the message gives a remedy
   */
  public static DemoRun named(
      Path home, String name, long steps, int texts, Consumer<String> progress) throws IOException {
    Corpus corpus = Corpus.read(List.of(Reviews.prepare(home, progress)), texts);
    return DemoRun.named(
        home, name, new PretrainRun(DEFAULT_METHOD, steps, DEFAULT_VOCABULARY, corpus));
  }

  @Override
  public void write(Path draft, String run) throws IOException {
    corpus.write(draft.resolve("samples.jsonl"));
    BytePairTrainer trainer = new BytePairTrainer(vocabulary);
    corpus.train().forEach(trainer::add);
    BytePairTokenizer tokenizer = trainer.train();
    Path model = draft.resolve("model");
    tokenizer.write(model);
    writeModel(model, tokenizer.tokens().size());
    DemoRun.fill(
        "pretrain-" + method,
        Map.of(
            "run", run,
            "rows", ROWS,
            "length", LENGTH,
            "epochs", steps * ROWS * LENGTH * BYTES_PER_TOKEN / corpus.trainBytes() + 2,
            "steps", steps,
            "warmupSteps", Math.min(MAX_WARMUP_STEPS, steps / 10)),
        draft);
  }

  private static void writeModel(Path model, int tokens) throws IOException {
    try (InputStream in = PretrainRun.class.getResourceAsStream("/demo/llama.json")) {
      if (in == null) {
        throw new IllegalStateException("resource /demo/llama.json is missing");
      }
      ObjectNode config = (ObjectNode) JSON.readTree(in);
      config.put("vocab_size", tokens);
      config.put("max_position_embeddings", LENGTH);
      JSON.writerWithDefaultPrettyPrinter()
          .writeValue(model.resolve("config.json").toFile(), config);
    }
    // An interrupted run may have left a file.
    Files.deleteIfExists(model.resolve("model.safetensors"));
    FreshModel.write(model, SEED);
  }
}
