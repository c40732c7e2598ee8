package dev.rivulet.ops.bench;

import dev.rivulet.ops.model.MiniLm;
import dev.rivulet.trainer.model.FreshModel;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.ModelShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The model of a benchmark.
 *
 * @param name {@value #LLAMA}, {@value #MINI_LM}, or a Hugging Face directory
 * @param directory Hugging Face directory
 */
record BenchModel(String name, Path directory) {
  /** A LLaMA of 29.5 million parameters with random weights: d = 512, 8 blocks, 4,096 tokens. */
  static final String LLAMA = "llama";

  /** The demo's encoder. */
  static final String MINI_LM = "minilm";

  /**
   * Returns a model: initialises it, downloads it, or uses the given folder.
   *
   * @param home folder for downloaded models
   * @param scratch folder for an initialised model
   * @param progress gets a line before each long operation
   * @throws IOException when a download fails; the message gives a remedy
   */
  static BenchModel get(String name, Path home, Path scratch, Consumer<String> progress)
      throws IOException {
    return new BenchModel(
        name,
        switch (name) {
          case LLAMA -> fresh(scratch.resolve(LLAMA), "/bench/llama.json");
          case MINI_LM -> MiniLm.prepare(home, progress);
          default -> Path.of(name);
        });
  }

  /**
   * Returns a model of a hundred thousand parameters with random weights, for warming up the
   * engine.
   */
  static Path small(Path scratch) throws IOException {
    Path directory = scratch.resolve("small");
    return Files.exists(directory) ? directory : fresh(directory, "/bench/small.json");
  }

  private static Path fresh(Path directory, String resource) throws IOException {
    Files.createDirectories(directory);
    try (InputStream config = BenchModel.class.getResourceAsStream(resource)) {
      if (config == null) {
        throw new IllegalStateException("resource %s is missing".formatted(resource));
      }
      Files.copy(config, directory.resolve("config.json"));
    }
    FreshModel.write(directory, Workload.SEED);
    return directory;
  }

  /**
   * Returns the workload: by default 8 x 256 tokens for a language model, 16 x 64 for a classifier;
   * half as many rows and tokens for a quick benchmark.
   *
   * @param rows sequences per batch; null for the default
   * @param length tokens per sequence; null for the default
   * @throws IllegalArgumentException when the directory has no supported model, or the model
   *     accepts only shorter sequences
   * @throws IOException when its {@code config.json} cannot be read
   */
  Workload workload(@Nullable Integer rows, @Nullable Integer length, boolean quick)
      throws IOException {
    boolean causal = ModelShape.read(directory, Workload.CLASSES).causal();
    int part = quick ? 2 : 1;
    int defaultLength = Math.min(ModelLoader.maxLength(directory), (causal ? 256 : 64) / part);
    return Workload.of(
        directory,
        rows == null ? (causal ? 8 : 16) / part : rows,
        length == null ? defaultLength : length);
  }
}
