package dev.rivulet.schemas.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka node, broker and controller in one, as a program. It shuts down in order on a termination
 * signal. It halts when its standard input closes, because then the process of the tests has ended.
 */
final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * Formats the directory if it is new, and serves.
   *
   * @param args data directory, cluster id, and settings as KEY=VALUE, among them {@code node.id}
   */
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.setProperty("log.dirs", args[0]);
    for (int i = 2; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      settings.setProperty(args[i].substring(0, equals), args[i].substring(equals + 1));
    }
    new Formatter()
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(Integer.parseInt(settings.getProperty("node.id")))
        .setClusterId(args[1])
        .addDirectory(args[0])
        .setMetadataLogDirectory(args[0])
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setControllerListenerName(settings.getProperty("controller.listener.names"))
        .setIgnoreFormatted(true)
        .run();
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(settings, false), Time.SYSTEM);
    Thread orphan = new Thread(BrokerProcess::endWithTheTests, "end-with-the-tests");
    orphan.setDaemon(true);
    orphan.start();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.shutdown();
                  server.awaitShutdown();
                }));
    server.startup();
    server.awaitShutdown();
  }

  private static void endWithTheTests() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is written to it: the read returns when the process of the tests has ended.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().halt(1);
  }
}
