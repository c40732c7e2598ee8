package dev.rivulet.schemas.version;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;

/** A server that speaks S3, on a port of its own, with its objects in a folder. */
public final class S3Server implements AutoCloseable {
  private static final String BUCKET = "models";

  private final BlobStoreContext context;
  private final S3Proxy server;
  private final Map<String, String> before = new TreeMap<>();

  private S3Server(BlobStoreContext context, S3Proxy server) {
    this.context = context;
    this.server = server;
  }

  /**
   * Starts one, and leads the AWS client of this process to it.
   *
   * @param folder for the objects
   * @param cache folder for what is fetched
   */
  public static S3Server start(Path folder, Path cache) throws Exception {
    Properties properties = new Properties();
    properties.setProperty(
        "jclouds.filesystem.basedir", Files.createDirectories(folder).toString());
    BlobStoreContext context =
        // By its class: a look-up by name loads those for other clouds, which are not there.
        ContextBuilder.newBuilder(new FilesystemNio2BlobApiMetadata())
            .credentials("identity", "credential")
            .overrides(properties)
            .build(BlobStoreContext.class);
    BlobStore store = context.getBlobStore();
    store.createContainerInLocation(null, BUCKET);
    S3Proxy proxy =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, "identity", "credential")
            .build();
    proxy.start();
    S3Server server = new S3Server(context, proxy);
    server.set("aws.endpointUrlS3", "http://127.0.0.1:" + proxy.getPort());
    server.set(SnapshotBucket.CACHE, cache.toString());
    server.set("aws.region", "us-east-1");
    server.set("aws.accessKeyId", "identity");
    server.set("aws.secretAccessKey", "credential");
    return server;
  }

  /** Returns the URI of a folder in the bucket. */
  public URI uri(String folder) {
    return URI.create("s3://" + BUCKET + "/" + folder);
  }

  private void set(String property, String value) {
    before.put(property, System.getProperty(property, ""));
    System.setProperty(property, value);
  }

  @Override
  public void close() {
    before.forEach(
        (property, value) -> {
          if (value.isEmpty()) {
            System.clearProperty(property);
          } else {
            System.setProperty(property, value);
          }
        });
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server does not stop", e);
    } finally {
      context.close();
    }
  }
}
