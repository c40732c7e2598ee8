package dev.rivulet.ops.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.broker.EmbeddedBroker;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.schemas.checkpoint.AuditReport;
import dev.rivulet.schemas.checkpoint.ChainAudit;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import dev.rivulet.trainer.run.TrainerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that comes back without the end of a log: what a disk that lost its cache leaves. */
@Tag("fault")
@Timeout(300)
class LostTailIT {
  private static final int CUT_BYTES = 1_000;

  @TempDir Path directory;

  @Test
  void shouldGoOnFromWhatIsLeft() throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    Path kafka = directory.resolve("kafka");
    for (Topic<?> topic : List.of(Topics.CHECKPOINTS, Topics.FACTORS, Topics.STATE)) {
      String run = topic.name();
      String name;
      try (EmbeddedBroker broker = EmbeddedBroker.start(kafka, 0)) {
        KafkaCluster cluster = cluster(broker);
        try (Admin admin = cluster.admin()) {
          cluster.createMissingTopics(admin);
        }
        name = cluster.name(topic);
        ToyStream.publish(cluster, run, TrainerProcess.STEPS + 20, Set.of());
        train(cluster, run, model);
        AuditReport whole = audit(cluster, run);
        assertThat(whole.findings()).isEmpty();
        assertThat(whole.newest()).contains("0-000060");
      }
      cut(kafka.resolve("data"), name);
      try (EmbeddedBroker broker = EmbeddedBroker.start(kafka, 0)) {
        KafkaCluster cluster = cluster(broker);
        AuditReport audit = audit(cluster, run);
        assertThat(audit.newest())
            .as(run)
            .hasValueSatisfying(it -> assertThat(it).isLessThan("0-000060"));
        if (CheckpointLog.read(cluster, run).newest().orElseThrow().getCause() == Cause.FINISH) {
          goBack(cluster, run, audit.newest().orElseThrow());
        }
        train(cluster, run, model);
        CheckpointLog log = CheckpointLog.read(cluster, run);
        Manifest last = log.newest().orElseThrow();
        assertThat(last.getStep()).isEqualTo(TrainerProcess.STEPS);
        assertThat(last.getCause()).isEqualTo(Cause.FINISH);
        AuditReport mended = audit(cluster, run);
        assertThat(mended.newest())
            .as(() -> mended.findings().toString())
            .contains(last.getCheckpoint());
      }
    }
  }

  private static KafkaCluster cluster(EmbeddedBroker broker) {
    return new KafkaCluster(broker.bootstrapServers(), Map.of(), "");
  }

  private static void train(KafkaCluster cluster, String run, Path model) {
    try (Trainer trainer = new Trainer(cluster, TrainerProcess.config(run, run, model, "adamw"))) {
      assertThat(trainer.run().finished()).isTrue();
    }
  }

  private static AuditReport audit(KafkaCluster cluster, String run) {
    return ChainAudit.of(cluster, run, Set.of(), (done, of, bytes) -> {});
  }

  /** A run that has finished is not looked at again by itself. */
  private static void goBack(KafkaCluster cluster, String run, String checkpoint) {
    StringWriter said = new StringWriter();
    PrintWriter printer = new PrintWriter(said, true);
    int exit =
        Main.run(
            printer,
            printer,
            "rollback",
            "--run",
            run,
            "--to",
            checkpoint,
            "--kafka",
            cluster.bootstrapServers(),
            "--prefix",
            cluster.prefix());
    assertThat(said.toString()).contains("the rollback to " + checkpoint + " stands");
    assertThat(exit).isEqualTo(ExitCode.OK);
  }

  /** Takes the last bytes of a topic's log away, and what says that the broker was stopped well. */
  private static void cut(Path data, String topic) throws IOException {
    Path segment = data.resolve(topic + "-0").resolve("00000000000000000000.log");
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - CUT_BYTES);
    }
    Files.delete(data.resolve(".kafka_cleanshutdown"));
  }
}
