package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The change of a tensor between two versions of a model.
 *
 * @param tensor its name in the base model's files
 * @param norm Frobenius norm of the difference
 * @param before Frobenius norm of the tensor in the first version
 */
record WeightChange(String tensor, double norm, double before) {

  /**
   * Compares two versions, tensor by tensor; it does not read tensors that cannot differ.
   *
   * @param model directory of the base model
   * @param snapshots of the run
   * @throws IOException when the base model cannot be read
   * @throws IllegalStateException when the run started from another base model
   */
  static List<WeightChange> between(
      KafkaCluster cluster,
      Path model,
      CheckpointLog log,
      Snapshots snapshots,
      Manifest a,
      Manifest b)
      throws IOException {
    List<WeightChange> changes = new ArrayList<>();
    try (BaseModel base = BaseModel.open(model);
        TensorReader reader = new TensorReader(cluster)) {
      ModelVersion before = ModelVersion.of(base, log, a, reader, snapshots);
      ModelVersion after = ModelVersion.of(base, log, b, reader, snapshots);
      for (String name : after.changedSince(before)) {
        if (before.names().contains(name)) {
          changes.add(of(name, before.floats(name), after.floats(name)));
        }
      }
    }
    return List.copyOf(changes);
  }

  private static WeightChange of(String tensor, float[] before, float[] after) {
    double change = 0;
    double size = 0;
    for (int i = 0; i < before.length; i++) {
      double difference = (double) after[i] - before[i];
      change += difference * difference;
      size += (double) before[i] * before[i];
    }
    return new WeightChange(tensor, Math.sqrt(change), Math.sqrt(size));
  }

  /** Returns the norm of the difference divided by the norm before; 0 when both are 0. */
  double relative() {
    return norm == 0 ? 0 : norm / before;
  }

  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tensor", tensor);
    fields.put("norm", norm);
    fields.put("relative", Double.isInfinite(relative()) ? "Infinity" : relative());
    return fields;
  }

  static TextTable table(List<WeightChange> changes) {
    List<List<?>> rows = new ArrayList<>();
    changes.forEach(it -> rows.add(List.of(it.tensor(), it.norm(), it.relative())));
    return new TextTable(List.of("tensor", "norm of the change", "relative"), rows);
  }
}
