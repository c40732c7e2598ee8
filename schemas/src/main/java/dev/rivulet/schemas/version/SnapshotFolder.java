package dev.rivulet.schemas.version;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder that snapshots are kept in.
 *
 * @param folder where they are kept; need not be there yet
 */
public record SnapshotFolder(Path folder) implements SnapshotStore {
  private static final long SLACK_BYTES = 1 << 20;

  @Override
  public Path fetch(Snapshot snapshot) {
    return Path.of(URI.create(snapshot.getLocation())).resolve(WEIGHTS);
  }

  @Override
  public Snapshot write(ModelVersion version) throws IOException {
    String run = version.manifest().getRun();
    String checkpoint = version.manifest().getCheckpoint();
    Map<String, String> made = new TreeMap<>();
    List<Tensor> tensors = new ArrayList<>();
    Map<String, String> digests = new TreeMap<>();
    for (String layer : version.layers()) {
      made.put(layer, version.origin(layer));
      version.tensorsOfSealed(layer).forEach(tensor -> tensors.add(hashed(tensor, digests)));
    }
    Path ofRun = folder.resolve(run).toAbsolutePath();
    Path target = ofRun.resolve(checkpoint);
    Path part = ofRun.resolve("." + checkpoint + ".part");
    delete(part);
    Files.createDirectories(folder);
    requireRoom(tensors);
    Files.createDirectories(ofRun);
    try {
      Files.createDirectory(part);
      SafetensorsWriter.write(part.resolve(WEIGHTS), made, tensors);
      copyOthers(version.base().directory(), part);
      force(part);
      delete(target);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      force(ofRun);
    } finally {
      delete(part);
    }
    Path weights = target.resolve(WEIGHTS);
    return new Snapshot(
        run,
        checkpoint,
        target.toUri().toString(),
        Digests.hex(Digests.sha256(weights)),
        digests,
        version.manifest().getBaseSha256(),
        Files.size(weights),
        Instant.now());
  }

  private static Tensor hashed(Tensor tensor, Map<String, String> digests) {
    return new Tensor(
        tensor.name(),
        tensor.dtype(),
        tensor.shape(),
        () -> {
          ByteBuffer bytes = tensor.data().get();
          digests.put(tensor.name(), Digests.hex(Digests.sha256(bytes)));
          return bytes;
        });
  }

  private void requireRoom(List<Tensor> tensors) throws IOException {
    long needed = tensors.stream().mapToLong(Tensor::bytes).sum() + SLACK_BYTES;
    FileStore store = Files.getFileStore(folder);
    requireRoom(folder, needed, store.getUsableSpace());
  }

  /**
   * Checks that there is room.
   *
   * @throws FileSystemException when there is too little room: the message says how many bytes are
   *     missing
   */
  static void requireRoom(Path folder, long needed, long free) throws FileSystemException {
    if (needed > free) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "the snapshot takes %d bytes and %d are free: %d are missing"
              .formatted(needed, free, needed - free));
    }
  }

  /** Copies configuration and tokenizer: the files without weights. */
  private static void copyOthers(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(SnapshotFolder::isText).toList()) {
        Path copy = to.resolve(file.getFileName());
        Files.copy(file, copy);
        force(copy);
      }
    }
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file)
        && (name.endsWith(".json") || name.endsWith(".txt") || name.endsWith(".model"))
        && !name.endsWith(".index.json");
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }
}
