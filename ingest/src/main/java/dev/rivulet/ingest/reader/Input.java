package dev.rivulet.ingest.reader;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A place that samples are read from. */
public sealed interface Input {

  /** Returns the name that sample ids begin with: it does not depend on the machine. */
  String name();

  /** Returns where a person finds the input. */
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
   * @param name its path in the folder that was asked for, or its file name
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
   * Finds the files to read: those given, and those in the folders given, at any depth, in the
   * order of their paths. Plain text in folders is taken only where it is asked for, and then
   * nothing else is: it may be notes on the data beside it.
   *
   * @param format the format of all of them; when null, each file's name tells it
   * @throws IOException when a path does not exist, or nothing is there to read: the message names
   *     it
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
        throw new IOException(
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
      throw new IOException(
          file + ": its name does not tell the format (.jsonl, .csv, .tsv, .txt); say which it is");
    }
    return found;
  }

  private static String fileName(Path file) {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
