package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.FactorHistory;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.ReplayHistory;
import dev.rivulet.schemas.version.Snapshots;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.method.LozoOverlay;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.MethodContext;
import dev.rivulet.trainer.method.Snapshot;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step from a loaded base model to a checkpoint: folds the sealed factors of the lineage into
 * the layers, or replays its zeroth-order steps, and restores what the checkpoint holds itself.
 */
final class Lineage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lineage.class);

  private final KafkaCluster cluster;
  private final TensorReader reader;

  Lineage(KafkaCluster cluster) {
    this.cluster = cluster;
    reader = new TensorReader(cluster);
  }

  /**
   * Brings a model and a method to a checkpoint.
   *
   * @param model the base model, as loaded
   * @param method freshly started on it
   * @throws DamagedTensorException when a tensor in the log is not what its manifest says
   */
  void restore(CheckpointLog log, Manifest manifest, Transformer model, Method method) {
    List<Manifest> lineage = log.lineage(manifest);
    if (ReplayHistory.isKindOf(lineage)) {
      method.replay(ReplayHistory.steps(lineage, reader));
    } else {
      fold(lineage, layers(model));
    }
    method.restore(
        new Snapshot(
            List.of(),
            manifest.getOpen().stream().map(this::factor).toList(),
            manifest.getDense().stream().map(this::tensor).toList(),
            manifest.getState().stream().map(this::tensor).toList(),
            manifest.getCounters()));
  }

  /**
   * Brings a model to a checkpoint, without a method: the optimizer state is not read.
   *
   * @param model the base model, as loaded
   * @throws DamagedTensorException when a tensor in the log is not what its manifest says
   */
  void restore(CheckpointLog log, Manifest manifest, Transformer model) {
    List<Manifest> lineage = log.lineage(manifest);
    if (ReplayHistory.isKindOf(lineage)) {
      LozoOverlay overlay = overlay(manifest, model);
      ReplayHistory.steps(lineage, reader).forEach(overlay::replay);
      overlay.show();
      return;
    }
    Map<String, LinearLayer> layers = layers(model);
    fold(lineage, layers);
    for (Factor open : manifest.getOpen()) {
      layer(layers, manifest, open.getLayer()).restore(factor(open));
    }
    restoreDense(manifest, model);
  }

  private static LozoOverlay overlay(Manifest manifest, Transformer model) {
    LozoSettings settings = LozoSettings.of(manifest);
    boolean trainEmbeddings =
        Boolean.TRUE.equals(TrainerConfig.settings(manifest.getConfig()).get("trainEmbeddings"));
    return new LozoOverlay(settings, new MethodContext(model, trainEmbeddings, 0, settings.seed()));
  }

  /** Folds the sealed factors of a lineage, on the host, and uploads each changed weight once. */
  private void fold(List<Manifest> lineage, Map<String, LinearLayer> layers) {
    Manifest manifest = lineage.get(lineage.size() - 1);
    FactorHistory history =
        new FactorHistory(
            lineage,
            reader,
            ModelVersion.baseForm(manifest),
            Snapshots.read(cluster, manifest.getRun(), LOG::warn));
    for (String name : history.sealedLayers()) {
      LinearLayer layer = layer(layers, manifest, name);
      layer.restore(history.sealed(name, layer.in(), layer.out(), layer::base));
    }
  }

  private void restoreDense(Manifest manifest, Transformer model) {
    Map<String, Parameter> parameters = new HashMap<>();
    model.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    for (TensorRef dense : manifest.getDense()) {
      Parameter parameter = parameters.get(dense.getName());
      if (parameter == null) {
        throw new RunException(
            "checkpoint %s has tensor %s, and the model has no such tensor"
                .formatted(manifest.getCheckpoint(), dense.getName()));
      }
      tensor(dense).into(parameter);
    }
  }

  private static Map<String, LinearLayer> layers(Transformer model) {
    return model.layers().stream()
        .collect(Collectors.toMap(LinearLayer::name, Function.identity()));
  }

  private static LinearLayer layer(
      Map<String, LinearLayer> layers, Manifest manifest, String name) {
    LinearLayer layer = layers.get(name);
    if (layer == null) {
      throw new RunException(
          "checkpoint %s has a factor of layer %s, and the model has no such layer"
              .formatted(manifest.getCheckpoint(), name));
    }
    return layer;
  }

  private LayerFactor factor(Factor factor) {
    return FactorHistory.read(reader, factor);
  }

  private HostTensor tensor(TensorRef ref) {
    return new HostTensor(ref.getName(), ref.getShape(), reader.floats(ref));
  }

  @Override
  public void close() {
    reader.close();
  }
}
