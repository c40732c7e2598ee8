package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.CheckpointOption;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.ops.console.Sizes;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.SnapshotFolder;
import dev.rivulet.schemas.version.SnapshotStore;
import dev.rivulet.schemas.version.Snapshots;
import dev.rivulet.trainer.config.TrainerConfig;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code rebase} command: writes a snapshot of a checkpoint's weights, and deletes factors. */
@Command(
    name = "rebase",
    description =
        "Write a checkpoint's sealed weights to a folder or bucket. Folds then start from them"
            + " instead of the base model.",
    footer = "It works while the run trains, too.")
public final class RebaseCommand implements Callable<Integer> {
  @Mixin RunOptions run;
  @Mixin CheckpointOption checkpoint;
  @Mixin OutputOptions output;

  @Option(
      names = "--store",
      paramLabel = "URI",
      description =
          "Folder or bucket for snapshots, such as file:///data/snapshots or s3://bucket/prefix;"
              + " every user of the run must have access. Default: snapshots in the home folder")
  @Nullable URI store;

  @Option(
      names = "--expire",
      description =
          "Delete the factors that only checkpoints before this one need. Those checkpoints"
              + " become unusable.")
  boolean expire;

  @Override
  public Integer call() throws IOException {
    RunConfig config = run.config();
    TrainerConfig trainer = config.trainer();
    SnapshotStore snapshots =
        store == null
            ? new SnapshotFolder(run.kafka.home().resolve("snapshots"))
            : SnapshotStore.at(store);
    try (KafkaAccess access = run.kafka.open(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      CheckpointLog log = CheckpointLog.read(cluster, trainer.run());
      Manifest manifest = log.choose(checkpoint.name());
      Snapshot snapshot = write(cluster, log, manifest, trainer, snapshots);
      FactorExpiry expiry = new FactorExpiry(cluster);
      FactorExpiry.Plan plan =
          expire
              ? expiry.plan(log, manifest.getCheckpoint())
              : new FactorExpiry.Plan(Map.of(), 0, Set.of());
      if (!plan.limits().isEmpty()) {
        output.warn(
            "deleting %,d records of %s; checkpoints that become unusable: %s"
                .formatted(
                    plan.records(),
                    cluster.name(Topics.FACTORS),
                    String.join(", ", plan.givenUp())));
        expiry.delete(plan);
      }
      print(snapshot, plan.records());
    }
    return ExitCode.OK;
  }

  private Snapshot write(
      KafkaCluster cluster,
      CheckpointLog log,
      Manifest manifest,
      TrainerConfig trainer,
      SnapshotStore snapshots)
      throws IOException {
    Snapshots before = Snapshots.read(cluster, trainer.run(), output::warn);
    try (BaseModel base = BaseModel.open(trainer.model().path());
        TensorReader reader = new TensorReader(cluster);
        KafkaProducer<String, byte[]> producer = cluster.producer("rivulet-rebase", null)) {
      Snapshot snapshot = snapshots.write(ModelVersion.of(base, log, manifest, reader, before));
      producer
          .send(
              cluster.record(
                  Topics.SNAPSHOTS,
                  RunKey.of(snapshot.getRun(), snapshot.getCheckpoint()),
                  snapshot))
          .get();
      return snapshot;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new KafkaException("the snapshot was not recorded in the log", e.getCause());
    }
  }

  private void print(Snapshot snapshot, long expired) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", snapshot.getRun());
    fields.put("checkpoint", snapshot.getCheckpoint());
    fields.put("location", snapshot.getLocation());
    fields.put("bytes", snapshot.getBytes());
    fields.put("sha256", snapshot.getSha256());
    fields.put("expiredRecords", expired);
    output.result(
        "run %s, checkpoint %s: %s in %s, SHA-256 %s; %,d records of factors deleted"
            .formatted(
                snapshot.getRun(),
                snapshot.getCheckpoint(),
                Sizes.bytes(snapshot.getBytes()),
                snapshot.getLocation(),
                snapshot.getSha256(),
                expired),
        fields);
  }
}
