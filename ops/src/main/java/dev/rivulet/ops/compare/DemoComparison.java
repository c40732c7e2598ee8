package dev.rivulet.ops.compare;

import dev.rivulet.ops.demo.DemoAssets;
import dev.rivulet.ops.demo.DemoRun;
import dev.rivulet.ops.demo.PretrainRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A comparison on the model and the data of a demo.
 *
 * @param config the base configuration: the demo's own, with AdaRankGrad
 * @param variants the demo's variants
 * @param samples the samples
 */
record DemoComparison(Path config, Path variants, Path samples) {
  private static final String METHOD = "adarankgrad";

  /** The demos. */
  enum Demo {
    /** MiniLM, fine-tuned to classify sentences as correct or incorrect. */
    ACCEPTABILITY,
    /** A small LLaMA, pre-trained on movie reviews. */
    PRETRAIN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Returns the comparison; downloads what is missing. Each number of steps and of samples is a
   * separate comparison, named after them.
   *
   * @param steps optimizer steps; null for those of the demo
   * @param limit samples to use; null for those of the demo
   * @param progress gets a line before each long operation
   * @throws IOException when a download fails; the message gives a remedy
   */
  static DemoComparison prepare(
      Demo demo,
      Path home,
      @Nullable Long steps,
      @Nullable Integer limit,
      Consumer<String> progress)
      throws IOException {
    DemoRun run =
        switch (demo) {
          case ACCEPTABILITY -> {
            long planned = steps == null ? DemoRun.DEFAULT_STEPS : steps;
            DemoAssets assets = DemoAssets.prepare(home, progress);
            yield DemoRun.named(
                home,
                name(demo, planned, limit),
                new DemoRun.Request(METHOD, planned, limit == null ? Integer.MAX_VALUE : limit),
                assets.model(),
                assets.data());
          }
          case PRETRAIN -> {
            long planned = steps == null ? PretrainRun.DEFAULT_STEPS : steps;
            yield PretrainRun.named(
                home,
                name(demo, planned, limit),
                planned,
                limit == null ? PretrainRun.DEFAULT_TEXTS : limit,
                progress);
          }
        };
    Path variants = run.folder().resolve(demo + ".yaml");
    try (InputStream in =
        Objects.requireNonNull(
            DemoComparison.class.getResourceAsStream("/compare/" + demo + ".yaml"))) {
      Files.copy(in, variants, StandardCopyOption.REPLACE_EXISTING);
    }
    return new DemoComparison(run.config(), variants, run.samples());
  }

  private static String name(Demo demo, long steps, @Nullable Integer limit) {
    return "%s-%d".formatted(demo, steps) + (limit == null ? "" : "-of-" + limit);
  }
}
