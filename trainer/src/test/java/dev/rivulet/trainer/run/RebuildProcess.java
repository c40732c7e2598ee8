package dev.rivulet.trainer.run;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelFollower;
import dev.rivulet.schemas.version.ModelUpdate;
import dev.rivulet.schemas.version.ModelVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A process that folds a run's newest version, once as a version and once as a follower, and prints
 * a digest of each: bootstrap, prefix, run, model, cache.
 */
final class RebuildProcess {
  private RebuildProcess() {}

  public static void main(String[] args) throws IOException {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    String version = version(cluster, args[2], Path.of(args[3]));
    System.out.println(version + " " + follower(cluster, args[2], Path.of(args[3]), args[4]));
  }

  static String version(KafkaCluster cluster, String run, Path directory) throws IOException {
    CheckpointLog log = CheckpointLog.read(cluster, run);
    StringBuilder digests = new StringBuilder();
    try (BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster)) {
      ModelVersion version = ModelVersion.of(base, log, log.newest().orElseThrow(), reader);
      for (String name : version.names()) {
        digests.append(name).append(digest(version.floats(name)));
      }
    }
    return Digests.hex(Digests.sha256(digests.toString()));
  }

  private static String follower(KafkaCluster cluster, String run, Path directory, String cache)
      throws IOException {
    StringBuilder digests = new StringBuilder();
    try (ModelFollower follower = ModelFollower.open(cluster, run, directory, Path.of(cache))) {
      for (ModelUpdate.Tensor tensor : follower.next(Duration.ofSeconds(60)).orElseThrow()) {
        digests.append(tensor.name()).append(digest(tensor.values()));
      }
    }
    return Digests.hex(Digests.sha256(digests.toString()));
  }

  private static String digest(float[] values) {
    return Digests.hex(Digests.sha256(LittleEndian.bytes(values)));
  }
}
