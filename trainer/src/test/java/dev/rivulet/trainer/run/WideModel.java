package dev.rivulet.trainer.run;

import dev.rivulet.schemas.checkpoint.ChunkedTensor;
import dev.rivulet.schemas.checkpoint.TensorPublication;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.fold.InitialWeight;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;

/**
 * A model of many layers of 4 MB, and a checkpoint with a sealed and an open factor of each layer.
 */
public final class WideModel {
  private static final String CHECKPOINT = "0-000010";
  private static final int LAYERS = 40;
  private static final int OUT = 512;
  private static final int IN = 2048;
  private static final int RANK = 4;

  private WideModel() {}

  private static String layer(int index) {
    return "model.layers.%d.mlp.up_proj".formatted(index);
  }

  /** Writes model.safetensors, 168 MB. */
  public static void write(Path directory) throws IOException {
    List<Tensor> tensors =
        IntStream.range(0, LAYERS)
            .mapToObj(index -> layer(index) + ".weight")
            .map(
                name ->
                    Tensor.drawn(
                        name,
                        List.of((long) OUT, (long) IN),
                        () -> InitialWeight.drawn(0, name, OUT * IN, 0.02f)))
            .toList();
    SafetensorsWriter.write(directory.resolve("model.safetensors"), Map.of(), tensors);
  }

  /** Publishes the run's checkpoints, and returns the newest one. */
  public static Manifest publish(KafkaCluster cluster, String run, Path directory, String base)
      throws IOException {
    String sha256;
    try (BaseModel files = BaseModel.open(directory)) {
      sha256 = files.sha256();
    }
    try (Producer<String, byte[]> producer = cluster.producer("wide-model", "wide-" + run)) {
      producer.initTransactions();
      producer.beginTransaction();
      List<Factor> factors = new ArrayList<>();
      for (int index = 0; index < LAYERS; index++) {
        String name = layer(index);
        factors.add(
            new Factor(
                name,
                0,
                1f,
                send(cluster, producer, run, name + ".L", IN, RANK),
                send(cluster, producer, run, name + ".R", RANK, OUT),
                null));
      }
      String config = "{\"base\": \"%s\"}".formatted(base);
      Manifest manifest =
          Manifest.newBuilder()
              .setRun(run)
              .setCheckpoint(CHECKPOINT)
              .setEpoch(0)
              .setStep(10)
              .setTimestamp(Instant.EPOCH)
              .setCause(Cause.INTERVAL)
              .setMethod("adarankgrad")
              .setModel("wide")
              .setBaseSha256(sha256)
              .setConfig(config)
              .setConfigSha256(Digests.hex(Digests.sha256(config)))
              .setOffsets(List.of())
              .setSealed(factors)
              .setOpen(factors)
              .setDense(List.of())
              .setState(List.of())
              .setCounters(Map.of())
              .setRanks(Map.of())
              .setMetrics(Map.of())
              .setProvenance(new Provenance("1", "17", "linux", "none", "cpu", 1, 0L, "FP32"))
              .build();
      var unused =
          producer.send(
              cluster.record(
                  Topics.CHECKPOINTS, RunKey.of(run, manifest.getCheckpoint()), manifest));
      producer.commitTransaction();
      return manifest;
    }
  }

  private static TensorRef send(
      KafkaCluster cluster,
      Producer<String, byte[]> producer,
      String run,
      String name,
      int rows,
      int cols) {
    TensorPublication sent =
        TensorPublication.send(
            cluster,
            producer::send,
            Topics.FACTORS,
            run,
            CHECKPOINT,
            ChunkedTensor.of(
                name,
                List.of((long) rows, (long) cols),
                InitialWeight.drawn(1, name, rows * cols, 0.1f)));
    producer.flush();
    return sent.ref();
  }
}
