package dev.rivulet.ops.status;

import dev.rivulet.ops.broker.EmbeddedBroker;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/**
 * A program for whoever works on the page: serves it over a broker on which a synthetic run goes
 * on. Arguments: port, steps at once, steps per second.
 */
final class StatusPreview {
  private StatusPreview() {}

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    int atOnce = Integer.parseInt(args[1]);
    int perSecond = Integer.parseInt(args[2]);
    Path dir = Files.createTempDirectory("rivulet-preview");
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      KafkaCluster cluster = new KafkaCluster(broker.bootstrapServers(), Map.of(), "preview.");
      try (Admin admin = cluster.admin()) {
        cluster.createMissingTopics(admin);
      }
      try (StatusServer server =
              StatusServer.start(cluster, new StatusConfig("127.0.0.1", port), Map.of());
          SyntheticRun run = new SyntheticRun(cluster, "demo-adarankgrad", 600)) {
        System.out.println(server.url());
        run.advance(atOnce / 2);
        if (atOnce >= 100) {
          run.failAndRollBack(atOnce / 4 / 50 * 50L);
        }
        run.advance(atOnce / 2);
        while (run.goesOn()) {
          run.advance(perSecond);
          Thread.sleep(1_000);
        }
        Thread.sleep(Long.MAX_VALUE);
      }
    }
  }
}
