package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.adapter.PeftAdapter;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.model.AdaptedModel;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A run's model at one of its checkpoints, for use without training: the base model from its files,
 * and from the log the sealed factors of all ancestors, the open overlay and the dense tensors. The
 * optimizer state is not read, so that it may be gone.
 *
 * <p>It belongs to the thread that opened it, and is used with the settings that the run began
 * with: form of the base, type of the matrix products, classes.
 *
 * <pre>{@code
 * try (CheckpointModel run = CheckpointModel.open(cluster, config, null)) {
 *   HeldOut heldOut = HeldOut.read(cluster, config.stream());
 *   Map<String, Double> scores = heldOut.scores(run.model(), config.model().labels().size());
 * }
 * }</pre>
 */
public final class CheckpointModel implements AutoCloseable {
  private final Kernels kernels;
  private final Transformer model;
  private final Optional<Manifest> manifest;

  private CheckpointModel(Kernels kernels, Transformer model, Optional<Manifest> manifest) {
    this.kernels = kernels;
    this.model = model;
    this.manifest = manifest;
  }

  /**
   * Opens a run's model.
   *
   * @param config of the run, of which the base model's directory and the engine are taken
   * @param checkpoint name of the checkpoint; null for the newest
   * @throws IllegalArgumentException when the run has no such checkpoint; the message names those
   *     that it has
   * @throws IllegalStateException when the run has no checkpoint at all, or started from another
   *     base model
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a tensor in the log is not
   *     what its manifest says
   */
  public static CheckpointModel open(
      KafkaCluster cluster, TrainerConfig config, @Nullable String checkpoint) {
    CheckpointLog log = CheckpointLog.read(cluster, config.run());
    Manifest manifest = log.choose(checkpoint);
    Map<String, Object> settings = TrainerConfig.settings(manifest.getConfig());
    LoadOptions options =
        new LoadOptions(
            manifest.getLabels().size(),
            manifest.getProvenance().getSeed(),
            BaseForm.valueOf(String.valueOf(settings.get("base"))));
    Precision precision = Precision.valueOf(manifest.getProvenance().getPrecision());
    CheckpointModel opened = load(config, options, precision, Optional.of(manifest));
    try (Lineage lineage = new Lineage(cluster)) {
      ManifestDraft.requireSameBase(manifest, config, opened.model.baseSha256());
      lineage.restore(log, manifest, opened.model);
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Opens the base model of a run, as its files have it. */
  public static CheckpointModel base(TrainerConfig config) {
    LoadOptions options =
        new LoadOptions(config.model().labels().size(), config.seed(), config.model().base());
    Precision precision = config.engine().precision().orElse(Precision.FP32);
    return load(config, options, precision, Optional.empty());
  }

  /**
   * Opens the base model of a run with a PEFT adapter on it.
   *
   * @param adapter directory of the adapter
   * @throws IllegalArgumentException when it is no LoRA adapter, or one of another model
   * @throws UsageException when a file is missing or damaged
   */
  public static CheckpointModel adapted(TrainerConfig config, Path adapter) {
    PeftAdapter read;
    try {
      read = PeftAdapter.read(adapter);
    } catch (IOException e) {
      throw UsageException.of(adapter, e);
    }
    CheckpointModel opened = base(config);
    try {
      AdaptedModel.open(opened.model, read);
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static CheckpointModel load(
      TrainerConfig config, LoadOptions options, Precision precision, Optional<Manifest> manifest) {
    Kernels kernels = config.engine().load();
    try {
      Transformer model = ModelLoader.load(kernels, config.model().path(), options);
      model.setPrecision(precision);
      return new CheckpointModel(kernels, model, manifest);
    } catch (RuntimeException e) {
      kernels.close();
      throw e;
    }
  }

  /** Returns the model; it ends with this object. */
  public Transformer model() {
    return model;
  }

  /** Returns the checkpoint's manifest; nothing for a base model. */
  public Optional<Manifest> manifest() {
    return manifest;
  }

  @Override
  public void close() {
    model.close();
    kernels.close();
  }
}
