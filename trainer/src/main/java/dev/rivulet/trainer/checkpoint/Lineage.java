package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.Snapshots;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
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
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from a base model to one of a run's checkpoints: its ancestors' sealed factors, folded,
 * or their steps, taken again.
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
    fold(log, manifest, layers(model), method::replay);
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
    if (log.lineage(manifest).stream().anyMatch(ancestor -> ancestor.getScalars() != null)) {
      LozoOverlay overlay = overlay(manifest, model);
      fold(log, manifest, layers(model), steps -> steps.forEach(overlay::replay));
      overlay.show();
      return;
    }
    Map<String, LinearLayer> layers = layers(model);
    fold(
        log,
        manifest,
        layers,
        steps -> {
          throw new IllegalStateException("scalars where there were none");
        });
    showOwn(manifest, layers, model);
  }

  private static LozoOverlay overlay(Manifest manifest, Transformer model) {
    LozoSettings settings = LozoSettings.of(manifest);
    boolean trainEmbeddings =
        Boolean.TRUE.equals(TrainerConfig.settings(manifest.getConfig()).get("trainEmbeddings"));
    return new LozoOverlay(settings, new MethodContext(model, trainEmbeddings, 0, settings.seed()));
  }

  /** Shows a checkpoint's open overlay and dense tensors. */
  private void showOwn(Manifest manifest, Map<String, LinearLayer> layers, Transformer model) {
    for (Factor open : manifest.getOpen()) {
      layer(layers, manifest, open).restore(factor(open));
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

  /**
   * Folds the sealed factors of a checkpoint and its ancestors into the layers, in order, and hands
   * the steps that they have the scalars of to one that takes them again. Where there is a sound
   * snapshot of an ancestor, it starts from that. The tensors of one ancestor at most are in
   * memory.
   */
  private void fold(
      CheckpointLog log,
      Manifest manifest,
      Map<String, LinearLayer> layers,
      Consumer<List<TakenStep>> replay) {
    for (Manifest ancestor : sinceSnapshot(log, manifest, layers)) {
      for (Factor sealed : ancestor.getSealed()) {
        layer(layers, ancestor, sealed).apply(factor(sealed));
      }
      if (ancestor.getScalars() != null) {
        replay.accept(PackedSteps.unpack(reader.bytes(ancestor.getScalars())));
      }
    }
  }

  /**
   * Brings the layers to the newest snapshot on the way, where there is one, and returns what is
   * left of the way.
   */
  private List<Manifest> sinceSnapshot(
      CheckpointLog log, Manifest manifest, Map<String, LinearLayer> layers) {
    List<Manifest> lineage = log.lineage(manifest);
    Optional<Snapshots.Start> start =
        Snapshots.read(cluster, log.run(), LOG::warn).newest(log, manifest);
    if (start.isEmpty()) {
      return lineage;
    }
    Snapshots.Start snapshot = start.get();
    layers.values().forEach(it -> it.restore(snapshot.weight(it.name(), it.in(), it.out())));
    LOG.info("starting from the snapshot of checkpoint {}", snapshot.checkpoint());
    return snapshot.rest(lineage);
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
