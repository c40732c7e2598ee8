package dev.rivulet.ops.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder with model directories, whose files are empty, and a configuration file. */
record ConfigFolder(Path path) {
  private static final List<String> MODEL_FILES =
      List.of("config.json", "model.safetensors", "tokenizer.json");

  static ConfigFolder withModels(Path path, String... models) throws IOException {
    for (String model : models) {
      Path directory = Files.createDirectory(path.resolve(model));
      for (String file : MODEL_FILES) {
        Files.createFile(directory.resolve(file));
      }
    }
    return new ConfigFolder(path);
  }

  Path resolve(String name) {
    return path.resolve(name);
  }

  void write(String name, String content) throws IOException {
    Files.writeString(path.resolve(name), content);
  }

  /** Writes a configuration file and loads it. */
  RunConfig load(String yaml) throws IOException {
    write("run.yaml", yaml);
    return RunConfig.load(path.resolve("run.yaml"));
  }
}
