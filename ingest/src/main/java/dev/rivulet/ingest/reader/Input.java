package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A source of bytes that samples are read from. */
public sealed interface Input {

  /** Returns the prefix of sample ids: it does not depend on the machine. */
  String name();

  /** Returns the path or name that messages show to the user. */
  String location();

  /** Returns the format of the input. */
  Format format();

  /** Returns the size in bytes; -1 when it is unknown. */
  long size() throws IOException;

  /** Opens the input; the caller closes the stream. */
  InputStream open() throws IOException;

  /**
   * A file.
   *
   * @param name its path relative to the given folder, or its file name
   */
  record FileInput(Path path, String name, Format format) implements Input {
    @Override
    public String location() {
      return path.toString();
    }

    @Override
    public long size() throws IOException {
      return Files.size(path);
    }

    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(path);
    }
  }

  /** A stream that is already open, such as standard input. It can be read once. */
  record StreamInput(InputStream stream, String name, Format format) implements Input {
    @Override
    public String location() {
      return name;
    }

    @Override
    public long size() {
      return -1;
    }

    @Override
    public InputStream open() {
      return stream;
    }
  }

  /**
   * Finds the files to read: the given files, and the files in the given folders at any depth, in
   * path order. In folders, plain text is taken only if the format is {@link Format#TXT}, and then
   * nothing else: a .txt file in a data folder may hold notes on the data.
   *
   * @param format the format of all files; null to infer it from each file's extension
   * @throws UsageException when a format is unknown, or a folder has no file of a known format
   * @throws IOException when a path does not exist or cannot be read: the message names it
   */
  static List<Input> find(List<Path> paths, @Nullable Format format) throws IOException {
    List<Input> inputs = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        inputs.addAll(inFolder(path, format));
      } else if (Files.exists(path)) {
        inputs.add(new FileInput(path, fileName(path), format(path, format)));
      } else {
        throw new NoSuchFileException(path.toString(), null, "no such file or folder");
      }
    }
    return inputs;
  }

  private static List<Input> inFolder(Path folder, @Nullable Format format) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Input> inputs = new ArrayList<>();
      for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
        Format named = Format.of(file);
        if (named != null && (named == Format.TXT) == (format == Format.TXT)) {
          String name = folder.relativize(file).toString().replace('\\', '/');
          inputs.add(new FileInput(file, name, format == null ? named : format));
        }
      }
      if (inputs.isEmpty()) {
        throw new UsageException(
            folder
                + (format == Format.TXT
                    ? ": holds no .txt file"
                    : ": holds no .jsonl, .ndjson, .json, .csv or .tsv file"));
      }
      return inputs;
    }
  }

  private static Format format(Path file, @Nullable Format format) throws IOException {
    Format found = format == null ? Format.of(file) : format;
    if (found == null) {
      throw new UsageException(
          file
              + ": unknown format: use the extension .jsonl, .csv, .tsv or .txt, or name the"
              + " format");
    }
    return found;
  }

  private static String fileName(Path file) {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
