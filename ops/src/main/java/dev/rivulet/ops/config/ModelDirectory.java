package dev.rivulet.ops.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The section {@code model}: a Hugging Face directory, and the classes of its head.
 *
 * @param path holds config.json, model.safetensors and tokenizer.json
 * @param labels class names, by index; empty for language modelling
 */
record ModelDirectory(Path path, List<String> labels) {
  static ModelDirectory read(Section model, Path folder) {
    Path path =
        model.need("path", Kind.path(folder), folder, "Hugging Face directory of the base model");
    if (model.has("path")) {
      Stream.of("config.json", "model.safetensors", "tokenizer.json")
          .filter(file -> !has(path, file))
          .findFirst()
          .ifPresent(file -> model.reject("path", lacking(path.resolve(file))));
    }
    List<String> labels =
        model.get("labels", Kind.listOf(Kind.TEXT), List.of(), "class names, by index");
    if (labels.stream().distinct().count() < labels.size()) {
      model.reject("labels", "names that differ");
    }
    model.done();
    return new ModelDirectory(path, labels);
  }

  /** Whether a file is there, or the index of the shards that stand for it. */
  private static boolean has(Path path, String file) {
    return Files.isRegularFile(path.resolve(file))
        || Files.isRegularFile(path.resolve(file + ".index.json"));
  }

  private static String lacking(Path file) {
    String hint = file.endsWith("model.safetensors") ? " (`rivulet model init` draws one)" : "";
    return "a Hugging Face directory, but there is no " + file + hint;
  }

  Path tokenizer() {
    return path.resolve("tokenizer.json");
  }
}
