package dev.rivulet.schemas.version;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Snapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket, or a part of one, that snapshots are kept in, on any server that speaks S3.
 *
 * <p>Endpoint, region and credentials are those of the AWS client: {@code AWS_ENDPOINT_URL_S3},
 * {@code AWS_REGION}, its chain of credentials. Buckets are named in the path. A file is uploaded
 * in parts, and is there when the last one is; the weights come after the other files.
 *
 * <p>Readers need random access: the weights are fetched to {@code ~/.cache/rivulet/snapshots} (or
 * the folder that the system property {@value #CACHE} names), under their SHA-256, and checked
 * against it. What lies there is used again, and may be deleted at any time.
 */
final class SnapshotBucket implements SnapshotStore {
  static final String CACHE = "rivulet.snapshots.cache";

  private static final long PART_BYTES = 16L << 20;
  private static final int MOST_PARTS = 10_000;
  private static final int NOT_FOUND = 404;

  private final S3ClientBuilder clients;
  private final String bucket;
  private final String prefix; // empty, or ends with a slash
  private final Path cache;

  private SnapshotBucket(String bucket, String prefix, Path cache) {
    this.bucket = bucket;
    this.prefix = prefix;
    this.cache = cache;
    // The log has the SHA-256 of all that counts, and not every server knows the newer checksums.
    clients =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .forcePathStyle(true)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
  }

  static SnapshotBucket at(URI uri) {
    if (uri.getAuthority() == null) {
      throw new UsageException("%s: name a bucket, as s3://bucket/prefix".formatted(uri));
    }
    String folder = uri.getPath().replaceAll("^/+|/+$", "");
    String home = System.getProperty("user.home", ".");
    Path cache = Path.of(System.getProperty(CACHE, home + "/.cache/rivulet/snapshots"));
    return new SnapshotBucket(uri.getAuthority(), folder.isEmpty() ? "" : folder + "/", cache);
  }

  @Override
  public Snapshot write(ModelVersion version) throws IOException {
    Path staged = Files.createTempDirectory(Files.createDirectories(cache), "rebase");
    try {
      Snapshot local = new SnapshotFolder(staged).write(version);
      String key = prefix + local.getRun() + "/" + local.getCheckpoint();
      put(Path.of(URI.create(local.getLocation())), key);
      return new Snapshot(
          local.getRun(),
          local.getCheckpoint(),
          "s3://" + bucket + "/" + key,
          local.getSha256(),
          local.getTensors(),
          local.getBaseSha256(),
          local.getBytes(),
          local.getTimestamp());
    } finally {
      try (Stream<Path> files = Files.walk(staged)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Uploads the files of a folder. */
  void put(Path folder, String key) throws IOException {
    try (Stream<Path> listed = Files.list(folder);
        S3Client client = clients.build()) {
      requireBucket(client, key);
      List<Path> files = new ArrayList<>(listed.toList());
      files.sort(Comparator.comparing(file -> file.endsWith(WEIGHTS)));
      for (Path file : files) {
        upload(client, file, key + "/" + file.getFileName());
      }
    } catch (SdkException e) {
      throw failure(key, e);
    }
  }

  /**
   * Fails when there is no bucket: a server may refuse a file before all of it has come, and then
   * its reason is lost.
   */
  private void requireBucket(S3Client client, String key) throws IOException {
    try {
      client.headBucket(it -> it.bucket(bucket));
    } catch (S3Exception e) {
      // Who may write objects need not be allowed to look at the bucket.
      if (e.statusCode() == NOT_FOUND) {
        throw new UsageException(
            "s3://%s/%s: there is no bucket %s: make it, or name another"
                .formatted(bucket, key, bucket),
            e);
      }
    }
  }

  private void upload(S3Client client, Path file, String key) throws IOException {
    long size = Files.size(file);
    if (size <= PART_BYTES) {
      client.putObject(to -> to.bucket(bucket).key(key), RequestBody.fromFile(file));
      return;
    }
    String upload = client.createMultipartUpload(begin -> begin.bucket(bucket).key(key)).uploadId();
    try {
      List<CompletedPart> parts = new ArrayList<>();
      long step = Math.max(PART_BYTES, (size + MOST_PARTS - 1) / MOST_PARTS);
      for (long begin = 0; begin < size; begin += step) {
        int number = parts.size() + 1;
        String tag =
            client
                .uploadPart(
                    to -> to.bucket(bucket).key(key).uploadId(upload).partNumber(number),
                    part(file, begin, Math.min(step, size - begin)))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
      }
      client.completeMultipartUpload(
          all -> all.bucket(bucket).key(key).uploadId(upload).multipartUpload(m -> m.parts(parts)));
    } catch (RuntimeException e) {
      try {
        client.abortMultipartUpload(it -> it.bucket(bucket).key(key).uploadId(upload));
      } catch (SdkException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /** A part of a file. It is opened again when it must be sent again. */
  private static RequestBody part(Path file, long begin, long count) {
    return RequestBody.fromContentProvider(
        () -> open(file, begin), count, "application/octet-stream");
  }

  private static InputStream open(Path file, long begin) {
    try {
      return Channels.newInputStream(FileChannel.open(file).position(begin));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Path fetch(Snapshot snapshot) throws IOException {
    Path file = Files.createDirectories(cache).resolve(snapshot.getSha256() + ".safetensors");
    if (Files.exists(file) && Digests.hex(Digests.sha256(file)).equals(snapshot.getSha256())) {
      return file;
    }
    long free = Files.getFileStore(cache).getUsableSpace();
    SnapshotFolder.requireRoom(cache, snapshot.getBytes(), free);
    // Of a name of its own: others may be fetching the same.
    Path part = cache.resolve("." + UUID.randomUUID() + ".part");
    String key = prefix + WEIGHTS;
    try (S3Client client = clients.build()) {
      client.getObject(from -> from.bucket(bucket).key(key), ResponseTransformer.toFile(part));
      String actual = Digests.hex(Digests.sha256(part));
      if (!actual.equals(snapshot.getSha256())) {
        throw new DamageException(
            "its SHA-256 is %s, not %s".formatted(actual, snapshot.getSha256()));
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return file;
    } catch (SdkException e) {
      throw failure(key, e);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private UsageException failure(String key, SdkException e) {
    return new UsageException("s3://%s/%s: %s".formatted(bucket, key, e.getMessage()), e);
  }
}
