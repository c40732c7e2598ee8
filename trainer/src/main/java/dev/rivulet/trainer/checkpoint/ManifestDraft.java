package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.AppliedRank;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.Metric;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.tensor.Kernels;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The provenance part of a run's manifests: all fields but the time and the tensors.
 *
 * @param config the run's configuration
 * @param live the model in training
 */
public record ManifestDraft(TrainerConfig config, LiveModel live) {
  /**
   * Returns a draft.
   *
   * @param parent the checkpoint that it continues
   * @param position of the run at the checkpoint
   * @param metrics newest evaluation
   * @param decisions ranks applied since the parent
   */
  public Manifest of(
      Optional<Manifest> parent,
      Cause cause,
      RunPosition position,
      Map<String, Double> metrics,
      List<AppliedRank> decisions) {
    String json = config.canonicalJson();
    Map<String, Double> all = new HashMap<>(metrics);
    long elements =
        ModelShape.read(config.model().path(), config.model().labels().size()).parameters();
    all.put("adamwOptimizerBytes", 8.0 * elements);
    all.put("fullCopyBytes", 4.0 * elements);
    all.put("processBytes", (double) live.processBytes());
    return Manifest.newBuilder()
        .setRun(config.run())
        .setCheckpoint(CheckpointLog.name(position.epoch(), position.step()))
        .setParent(parent.map(Manifest::getCheckpoint).orElse(null))
        .setEpoch(position.epoch())
        .setStep(position.step())
        .setTimestamp(Instant.EPOCH)
        .setCause(cause)
        .setMethod(config.method().name())
        .setModel(config.model().path().getFileName().toString())
        .setBaseSha256(live.model().baseSha256())
        .setConfig(json)
        .setConfigSha256(Digests.hex(Digests.sha256(json)))
        .setLabels(config.model().labels())
        .setOffsets(position.offsets())
        .setSkips(position.skips())
        .setLearningRateScale(position.learningRateScale())
        .setSealed(List.of())
        .setOpen(List.of())
        .setDense(List.of())
        .setState(List.of())
        .setCounters(Map.of())
        .setRanks(live.ranks())
        .setDecisions(decisions)
        .setMetrics(all)
        .setProvenance(provenance())
        .build();
  }

  private Provenance provenance() {
    Kernels kernels = live.model().kernels();
    String version = ManifestDraft.class.getPackage().getImplementationVersion();
    return new Provenance(
        Objects.requireNonNullElse(version, "development build"),
        System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor"),
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        kernels.engine(),
        kernels.device(),
        config.engine().threads(),
        config.seed(),
        live.model().precision().name());
  }

  /** Returns the evaluation that a manifest holds. */
  public static Map<String, Double> evaluation(Manifest manifest) {
    Map<String, Double> metrics = new HashMap<>(manifest.getMetrics());
    metrics.keySet().retainAll(Metric.keys());
    return metrics;
  }

  /**
   * Checks that a run may resume with a configuration and a base model.
   *
   * @throws UsageException when they are not those of the manifest; the message names every setting
   *     that differs
   */
  public static void requireSame(Manifest manifest, TrainerConfig config, String baseSha256) {
    requireSameBase(manifest, config, baseSha256);
    List<String> differences = config.differencesFrom(manifest.getConfig());
    if (!differences.isEmpty()) {
      throw new UsageException(
          "run %s exists with other settings (%s): use those, or give the new run another name"
              .formatted(config.run(), String.join("; ", differences)));
    }
  }

  /**
   * Checks that a base model is the one that a run started from.
   *
   * @throws UsageException when it is a different one
   */
  static void requireSameBase(Manifest manifest, TrainerConfig config, String baseSha256) {
    if (!manifest.getBaseSha256().equals(baseSha256)) {
      throw new UsageException(
          "run %s started from a base model with hash %s; %s has hash %s"
              .formatted(
                  config.run(), manifest.getBaseSha256(), config.model().path(), baseSha256));
    }
  }
}
