package dev.rivulet.schemas.version;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Snapshot;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * A place outside of the log that snapshots are kept in, each under RUN/CHECKPOINT: {@code
 * sealed.safetensors}, and copies of the base model's configuration and tokenizer.
 *
 * <p>The weights are those of {@link ModelVersion#sealed}, in the run's base form and as they lie
 * in memory, without the open overlay: what training, and any fold, can continue from. What is
 * trained whole stays in the manifests.
 */
public sealed interface SnapshotStore permits SnapshotFolder, SnapshotBucket {
  /** Name of the file with the weights. */
  String WEIGHTS = "sealed.safetensors";

  /**
   * Returns the store that a URI names: a folder, {@code file:///data/snapshots}, or a bucket that
   * speaks S3, {@code s3://bucket/prefix}.
   *
   * @throws UsageException when it is none of these, or the S3 client is not there
   */
  static SnapshotStore at(URI uri) {
    return switch (String.valueOf(uri.getScheme())) {
      case "file" -> new SnapshotFolder(Path.of(uri));
      case "s3" -> bucket(uri);
      default ->
          throw new UsageException(
              "%s: snapshots are kept in folders and buckets; give a URI that begins with file: or s3:"
                  .formatted(uri));
    };
  }

  private static SnapshotStore bucket(URI uri) {
    try {
      return SnapshotBucket.at(uri);
    } catch (NoClassDefFoundError e) {
      throw new UsageException(
          "%s: add software.amazon.awssdk:s3 and software.amazon.awssdk:url-connection-client to the class path; %s is missing"
              .formatted(uri, e.getMessage()),
          e);
    }
  }

  /** Returns the file with a snapshot's weights, on this machine; not checked. */
  static Path weights(Snapshot snapshot) throws IOException {
    return at(URI.create(snapshot.getLocation())).fetch(snapshot);
  }

  /**
   * Writes a version's sealed weights, whole or not at all, in the place of an older snapshot of
   * the same checkpoint. One weight at a time is in memory.
   *
   * @return the record for the log, which is the caller's to publish
   * @throws IOException when they cannot be written; where a disk has too little room, the message
   *     says how many bytes are missing, and nothing is left behind
   * @throws UsageException when the run's method has no use for snapshots
   */
  Snapshot write(ModelVersion version) throws IOException;

  /** Returns the file with the weights of a snapshot that lies in this store, on this machine. */
  Path fetch(Snapshot snapshot) throws IOException;
}
