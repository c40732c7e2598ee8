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
 * What the folder of a pre-training run holds: samples, settings, and a model that has learned
 * nothing yet, with a tokenizer of its own.
 *
 * @param method name of the method
 * @param steps optimizer steps
 * @param vocabulary tokens of the tokenizer
 * @param corpus what the tokenizer and the model learn from
 */
public record PretrainRun(String method, long steps, int vocabulary, Corpus corpus)
    implements DemoRun.Contents {
  /** Steps of a run that is not told how many. */
  public static final long USUAL_STEPS = 1000;

  /** Texts of a run that is not told how many. */
  public static final int USUAL_TEXTS = 10_000;

  static final String SERIES = "pretrain";
  static final String USUAL_METHOD = "adarankgrad";
  static final int USUAL_VOCABULARY = 512;

  private static final int ROWS = 8;
  private static final int LENGTH = 128;
  private static final long MOST_WARMUP_STEPS = 50;
  private static final long SEED = 0;

  /** More than tokens mostly have, so that there are passes enough. */
  private static final int BYTES_PER_TOKEN = 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Returns the run of a name on the reviews; makes it when there is none.
   *
   * @param texts to use at most
   * @param tell told what takes long
   * @throws IOException when the reviews cannot be had; the message says what to do
   */
  public static DemoRun named(Path home, String name, long steps, int texts, Consumer<String> tell)
      throws IOException {
    Corpus corpus = Corpus.read(List.of(Reviews.prepare(home, tell)), texts);
    return DemoRun.named(
        home, name, new PretrainRun(USUAL_METHOD, steps, USUAL_VOCABULARY, corpus));
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
            "warmupSteps", Math.min(MOST_WARMUP_STEPS, steps / 10)),
        draft);
  }

  private static void writeModel(Path model, int tokens) throws IOException {
    try (InputStream in = PretrainRun.class.getResourceAsStream("/demo/llama.json")) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its resource /demo/llama.json");
      }
      ObjectNode config = (ObjectNode) JSON.readTree(in);
      config.put("vocab_size", tokens);
      config.put("max_position_embeddings", LENGTH);
      JSON.writerWithDefaultPrettyPrinter()
          .writeValue(model.resolve("config.json").toFile(), config);
    }
    // A draft that was never finished may have left one.
    Files.deleteIfExists(model.resolve("model.safetensors"));
    FreshModel.write(model, SEED);
  }
}
