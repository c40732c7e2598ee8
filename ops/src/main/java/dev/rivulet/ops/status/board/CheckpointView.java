package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.record.Manifest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint, for the API.
 *
 * @param checkpoint its name
 * @param parent the checkpoint before it; null for the first
 * @param cause reason for the checkpoint
 * @param timestamp time of the commit, milliseconds since 1970
 * @param modelBytes bytes of the factors, dense tensors and scalars that it refers to
 * @param stateBytes bytes of the optimizer state that it refers to
 * @param superseded whether a newer epoch started from an older checkpoint
 */
public record CheckpointView(
    int epoch,
    long step,
    String checkpoint,
    @Nullable String parent,
    String cause,
    long timestamp,
    String method,
    String model,
    long modelBytes,
    long stateBytes,
    Map<String, Double> metrics,
    boolean superseded)
    implements Placed {

  static CheckpointView of(Manifest manifest) {
    return new CheckpointView(
        manifest.getEpoch(),
        manifest.getStep(),
        manifest.getCheckpoint(),
        manifest.getParent(),
        manifest.getCause().name(),
        manifest.getTimestamp().toEpochMilli(),
        manifest.getMethod(),
        manifest.getModel(),
        ManifestTensors.bytes(ManifestTensors.ofModel(manifest)),
        ManifestTensors.bytes(manifest.getState().stream()),
        Map.copyOf(manifest.getMetrics()),
        false);
  }

  CheckpointView superseded(boolean now) {
    return new CheckpointView(
        epoch,
        step,
        checkpoint,
        parent,
        cause,
        timestamp,
        method,
        model,
        modelBytes,
        stateBytes,
        metrics,
        now);
  }
}
