package dev.rivulet.schemas.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Snapshot;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket on a real server. */
class SnapshotBucketTest {
  private static final String LOCATION = "s3://models/team/run/0-000040";

  @TempDir private Path directory;
  private S3Server server;

  @BeforeEach
  void start() throws Exception {
    server = S3Server.start(directory.resolve("objects"), cache());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void fetch_fileOfManyParts_isWhatWasPut() throws Exception {
    byte[] weights = new byte[(40 << 20) + 3];
    new Random(1).nextBytes(weights);
    Snapshot snapshot = put(weights);

    Path fetched = SnapshotStore.weights(snapshot);
    assertThat(Files.mismatch(fetched, folder().resolve("sealed.safetensors"))).isEqualTo(-1);
    assertThat(files(cache())).containsExactly(fetched);
    assertThat(object("config.json")).hasContent("{}");
  }

  @Test
  void fetch_cachedFile_needsNoServer() throws Exception {
    Snapshot snapshot = put(new byte[] {1, 2, 3});
    Path fetched = SnapshotStore.weights(snapshot);
    Files.delete(object("sealed.safetensors"));
    assertThat(SnapshotStore.weights(snapshot))
        .isEqualTo(fetched)
        .hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void fetch_damagedCache_isFetchedAnew() throws Exception {
    Snapshot snapshot = put(new byte[] {1, 2, 3});
    Files.write(SnapshotStore.weights(snapshot), new byte[] {1, 2, 4});
    assertThat(SnapshotStore.weights(snapshot)).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void fetch_damagedObject_isRefused() throws Exception {
    Snapshot snapshot = put(new byte[] {1, 2, 3});
    SnapshotBucket.at(URI.create("s3://models"))
        .put(write(new byte[] {1, 2, 4}), "team/run/0-000040");
    assertThatExceptionOfType(DamageException.class)
        .isThrownBy(() -> SnapshotStore.weights(snapshot))
        .withMessageStartingWith("its SHA-256 is ")
        .withMessageEndingWith("not " + snapshot.getSha256());
    assertThat(files(cache())).isEmpty();
  }

  @Test
  void fetch_noObject_namesIt() throws Exception {
    Snapshot snapshot = put(new byte[] {1, 2, 3});
    Files.delete(object("sealed.safetensors"));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> SnapshotStore.weights(snapshot))
        .withMessageStartingWith(LOCATION + "/sealed.safetensors: ")
        .withMessageContaining("404");
    assertThat(files(cache())).isEmpty();
  }

  @Test
  void put_noBucket_namesIt() throws Exception {
    Path folder = write(new byte[] {1});
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> SnapshotBucket.at(URI.create("s3://nowhere")).put(folder, "run"))
        .withMessageStartingWith("s3://nowhere/run: ")
        .withMessageContaining("bucket");
  }

  @Test
  void put_wrongCredentials_tellsNoSecret() throws Exception {
    Path folder = write(new byte[] {1});
    System.setProperty("aws.secretAccessKey", "hush-hush");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> SnapshotBucket.at(URI.create("s3://models")).put(folder, "run"))
        .withMessageStartingWith("s3://models/run: ")
        .satisfies(e -> assertThat(e).message().doesNotContain("hush-hush").hasLineCount(1));
  }

  @Test
  void at_noBucket_saysHow() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> SnapshotStore.at(URI.create("s3:///run")))
        .withMessage("s3:///run: name a bucket, as s3://bucket/prefix");
  }

  /** In a class loader of its own, that lacks the client. */
  @Test
  void at_noClient_namesTheJars() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.contains("awssdk")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), platform)) {
      Class<?> store = loader.loadClass(SnapshotStore.class.getName());
      assertThat(store.getMethod("at", URI.class).invoke(null, URI.create("file:///data")))
          .hasToString("SnapshotFolder[folder=/data]");
      assertThatThrownBy(
              () -> store.getMethod("at", URI.class).invoke(null, URI.create("s3://models/run")))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          // The loader has a class of its own of this name.
          .satisfies(
              cause ->
                  assertThat(cause.getClass().getName()).isEqualTo(UsageException.class.getName()))
          .hasMessageStartingWith("s3://models/run: add software.amazon.awssdk:s3 and ");
    }
  }

  private Snapshot put(byte[] weights) throws IOException {
    Path folder = write(weights);
    SnapshotBucket.at(URI.create("s3://models")).put(folder, "team/run/0-000040");
    String digest = Digests.hex(Digests.sha256(weights));
    return new Snapshot(
        "run", "0-000040", LOCATION, digest, Map.of(), "", (long) weights.length, Instant.now());
  }

  private Path write(byte[] weights) throws IOException {
    Files.createDirectories(folder());
    Files.write(folder().resolve("sealed.safetensors"), weights);
    Files.writeString(folder().resolve("config.json"), "{}");
    return folder();
  }

  private Path folder() {
    return directory.resolve("folder");
  }

  private Path cache() {
    return directory.resolve("cache");
  }

  private Path object(String name) {
    return directory.resolve("objects/models/team/run/0-000040").resolve(name);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
