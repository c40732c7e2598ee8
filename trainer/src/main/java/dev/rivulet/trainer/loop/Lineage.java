package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.Snapshot;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The way from a base model to one of a run's checkpoints: its ancestors' sealed factors, folded.
 */
final class Lineage implements AutoCloseable {
  private final TensorReader reader;

  Lineage(KafkaCluster cluster) {
    reader = new TensorReader(cluster);
  }

  /**
   * Brings a model and a method to a checkpoint.
   *
   * @param model the base model, as loaded
   * @param method freshly started on it
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a tensor in the log is not
   *     what its manifest says
   */
  void restore(CheckpointLog log, Manifest manifest, Transformer model, Method method) {
    fold(log, manifest, layers(model));
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
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a tensor in the log is not
   *     what its manifest says
   */
  void restore(CheckpointLog log, Manifest manifest, Transformer model) {
    Map<String, LinearLayer> layers = layers(model);
    fold(log, manifest, layers);
    for (Factor open : manifest.getOpen()) {
      layer(layers, manifest, open).restore(factor(open));
      model.setOverlayScale(open.getScale());
    }
    Map<String, Parameter> parameters = new HashMap<>();
    model.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    for (TensorRef dense : manifest.getDense()) {
      Parameter parameter = parameters.get(dense.getName());
      if (parameter == null) {
        throw new IllegalArgumentException(
            "checkpoint %s has tensor %s, and the model has no such tensor"
                .formatted(manifest.getCheckpoint(), dense.getName()));
      }
      tensor(dense).into(parameter);
    }
  }

  /** Folds the sealed factors of a checkpoint and its ancestors into the layers, in order. */
  private void fold(CheckpointLog log, Manifest manifest, Map<String, LinearLayer> layers) {
    for (Manifest ancestor : log.lineage(manifest)) {
      for (Factor sealed : ancestor.getSealed()) {
        layer(layers, ancestor, sealed).apply(factor(sealed));
      }
    }
  }

  private static Map<String, LinearLayer> layers(Transformer model) {
    return model.layers().stream()
        .collect(Collectors.toMap(LinearLayer::name, Function.identity()));
  }

  private static LinearLayer layer(
      Map<String, LinearLayer> layers, Manifest manifest, Factor factor) {
    LinearLayer layer = layers.get(factor.getLayer());
    if (layer == null) {
      throw new IllegalArgumentException(
          "checkpoint %s has a factor of layer %s, and the model has no such layer"
              .formatted(manifest.getCheckpoint(), factor.getLayer()));
    }
    return layer;
  }

  private LayerFactor factor(Factor factor) {
    return new LayerFactor(
        factor.getLayer(),
        factor.getRefresh(),
        factor.getScale(),
        tensor(factor.getLeft()),
        tensor(factor.getRight()),
        new Rounding(factor.getRounding()));
  }

  private HostTensor tensor(TensorRef ref) {
    return new HostTensor(ref.getName(), ref.getShape(), reader.floats(ref));
  }

  @Override
  public void close() {
    reader.close();
  }
}
