package dev.rivulet.ops.demo;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.text.StringSubstitutor;

/**
 * A run of a demo: a folder with its configuration and its samples, which suffice to resume it. The
 * runs of one demo are numbered.
 *
 * @param folder the run's folder, named after the run
 */
public record DemoRun(Path folder) {
  /** Steps of a run without {@code --steps}. */
  public static final long DEFAULT_STEPS = 600;

  /** The smallest number of samples. */
  public static final int MIN_SAMPLES = 200;

  private static final String SERIES = "demo";
  private static final int BATCH_SIZE = 16;

  /**
   * The settings of a new run.
   *
   * @param method name of the method
   * @param steps optimizer steps
   * @param samples samples to use, from the beginning of the data set
   */
  public record Request(String method, long steps, int samples) {}

  /** The content of a run's folder. */
  @FunctionalInterface
  interface Contents {
    /**
     * Writes the content.
     *
     * @param draft the folder, under a temporary name
     * @param run name of the run
     */
    void write(Path draft, String run) throws IOException;
  }

  /** Returns the newest run of a home folder, if there is one. */
  static Optional<DemoRun> newest(Path home) throws IOException {
    return newest(home, SERIES);
  }

  /** Returns the newest run of a series, if there is one. */
  static Optional<DemoRun> newest(Path home, String series) throws IOException {
    Path runs = home.resolve("runs");
    if (!Files.isDirectory(runs)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(runs)) {
      return folders
          .map(DemoRun::new)
          .filter(run -> run.name().matches(series + "-\\d{1,9}"))
          .max(Comparator.comparingInt(DemoRun::number));
    }
  }

  /**
   * Creates the next run, as {@link #named} does.
   *
   * @param taken names of other runs on the cluster
   * @param model Hugging Face directory of the base model
   * @param data the data set
   */
  static DemoRun create(Path home, Set<String> taken, Request request, Path model, Path data)
      throws IOException {
    return create(home, SERIES, taken, contents(request, model, data));
  }

  /**
   * Returns the run with a name; creates it if necessary. A run whose creation is interrupted does
   * not exist.
   *
   * @param model Hugging Face directory of the base model
   * @param data the data set
   */
  public static DemoRun named(Path home, String name, Request request, Path model, Path data)
      throws IOException {
    return named(home, name, contents(request, model, data));
  }

  private static Contents contents(Request request, Path model, Path data) {
    return (draft, run) -> {
      List<String> lines = Files.readAllLines(data);
      List<String> samples = lines.subList(0, Math.min(request.samples, lines.size()));
      Files.write(draft.resolve("samples.jsonl"), samples);
      fill(
          request.method,
          Map.of(
              "run",
              run,
              "model",
              model.toAbsolutePath().normalize().toString().replace("'", "''"),
              "batchSize",
              BATCH_SIZE,
              "epochs",
              epochs(samples, request.steps),
              "steps",
              request.steps),
          draft);
    };
  }

  /**
   * Creates the next run of a series. A run whose creation is interrupted does not exist.
   *
   * @param taken names of other runs on the cluster
   */
  static DemoRun create(Path home, String series, Set<String> taken, Contents contents)
      throws IOException {
    int number = newest(home, series).map(DemoRun::number).orElse(0) + 1;
    while (taken.contains(series + "-" + number)) {
      number++;
    }
    return named(home, series + "-" + number, contents);
  }

  static DemoRun named(Path home, String name, Contents contents) throws IOException {
    DemoRun run = new DemoRun(home.resolve("runs").resolve(name));
    if (Files.isDirectory(run.folder)) {
      return run;
    }
    Path draft = Files.createDirectories(home.resolve("runs/new"));
    contents.write(draft, name);
    Files.move(draft, run.folder, StandardCopyOption.ATOMIC_MOVE);
    return run;
  }

  /** Writes a run's configuration from the demo's template for a method. */
  static void fill(String method, Map<String, ?> values, Path draft) throws IOException {
    Files.writeString(
        draft.resolve("run.yaml"),
        new StringSubstitutor(values)
            .setEnableUndefinedVariableException(true)
            .replace(template(method)));
  }

  /** Data epochs that the steps need, and more for skipped batches. */
  private static long epochs(List<String> samples, long steps) {
    long train = samples.stream().filter(line -> line.contains("\"split\":\"train\"")).count();
    return steps * BATCH_SIZE / Math.max(1, train) + 2;
  }

  private static String template(String method) throws IOException {
    try (InputStream in = DemoRun.class.getResourceAsStream("/demo/" + method + ".yaml")) {
      if (in == null) {
        throw new UsageException("the demo has no settings for method " + method);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Returns the name of the run. */
  public String name() {
    return folder.getFileName().toString();
  }

  /** Returns the file of its configuration. */
  public Path config() {
    return folder.resolve("run.yaml");
  }

  /** Returns the file of its samples. */
  public Path samples() {
    return folder.resolve("samples.jsonl");
  }

  private int number() {
    return Integer.parseInt(name().substring(name().lastIndexOf('-') + 1));
  }
}
