package dev.rivulet.ops.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The section {@code model}: a Hugging Face directory, and what its head tells apart.
 *
 * @param path holds config.json, model.safetensors and tokenizer.json
 * @param labels class names, by index; empty for language modelling
 */
record ModelDirectory(Path path, List<String> labels) {
  static ModelDirectory read(Section model, Path folder) {
    Path path =
        model.need("path", Kind.path(folder), folder, "Hugging Face directory of the base model");
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      if (model.has("path") && !Files.isRegularFile(path.resolve(file))) {
        model.reject("path", "a Hugging Face directory, but there is no " + path.resolve(file));
        break;
      }
    }
    List<String> labels =
        model.get("labels", Kind.listOf(Kind.TEXT), List.of(), "class names, by index");
    if (labels.stream().distinct().count() < labels.size()) {
      model.reject("labels", "names that differ");
    }
    model.done();
    return new ModelDirectory(path, labels);
  }

  Path tokenizer() {
    return path.resolve("tokenizer.json");
  }
}
