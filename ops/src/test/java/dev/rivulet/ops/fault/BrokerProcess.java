package dev.rivulet.ops.fault;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/** A Kafka node, broker and controller in one, in a process of its own, to be killed. */
final class BrokerProcess {
  private BrokerProcess() {}

  /** Runs: data directory, cluster id, and then settings as KEY=VALUE, with {@code node.id}. */
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
    server.startup();
    server.awaitShutdown();
  }
}
