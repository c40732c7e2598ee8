package dev.rivulet.ops.compare;

import dev.rivulet.ops.demo.DemoAssets;
import dev.rivulet.ops.demo.DemoRun;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The comparison on the model and the data of the demo, ready to be run.
 *
 * @param config the base configuration: the demo's own, with AdaRankGrad
 * @param variants the variants that suit it
 * @param samples the samples
 */
record DemoComparison(Path config, Path variants, Path samples) {
  private static final String METHOD = "adarankgrad";

  /**
   * Returns the comparison; gets from outside what is missing. Each number of steps and of samples
   * is a comparison of its own, named after them.
   *
   * @param steps optimizer steps; null for those of the demo
   * @param limit samples to use; null for all
   * @param tell told what takes long
   * @throws IOException when something cannot be had; the message says what to do
   */
  static DemoComparison prepare(
      Path home, @Nullable Long steps, @Nullable Integer limit, Consumer<String> tell)
      throws IOException {
    DemoAssets assets = DemoAssets.prepare(home, tell);
    long planned = steps == null ? DemoRun.USUAL_STEPS : steps;
    String name = "acceptability-" + planned + (limit == null ? "" : "-of-" + limit);
    DemoRun run =
        DemoRun.named(
            home,
            name,
            new DemoRun.Request(METHOD, planned, limit == null ? Integer.MAX_VALUE : limit),
            assets.model(),
            assets.data());
    Path variants = run.folder().resolve("acceptability.yaml");
    try (InputStream in =
        Objects.requireNonNull(
            DemoComparison.class.getResourceAsStream("/compare/acceptability.yaml"))) {
      Files.copy(in, variants, StandardCopyOption.REPLACE_EXISTING);
    }
    return new DemoComparison(run.config(), variants, run.samples());
  }
}
