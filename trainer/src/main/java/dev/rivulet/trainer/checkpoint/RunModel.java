package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model of a run: loaded as its base, and brought to one checkpoint or another. */
public final class RunModel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunModel.class);

  /** Damaged checkpoints that are tried, each of which may mean to load the model once. */
  private static final int CANDIDATES = 5;

  private final KafkaCluster cluster;
  private final ModelFactory models;
  private LiveModel live;

  /** Loads the base model. */
  public RunModel(KafkaCluster cluster, ModelFactory models) {
    this.cluster = cluster;
    this.models = models;
    live = models.load();
  }

  /** Returns the model as it is now: another one after {@link #reload} or {@link #restore}. */
  public LiveModel live() {
    return live;
  }

  /** Settles what the forward pass keeps, which the first batch decides where it is left open. */
  public void fit(Batch batch) {
    models.fit(live, batch);
  }

  /** Loads the base model again, in the place of what there is. */
  public void reload() {
    live.close();
    live = models.load();
  }

  /**
   * Brings the base model, just loaded, to a checkpoint, or to the nearest of its ancestors that is
   * whole.
   *
   * @return the checkpoint that it is at
   * @throws RunException when none of some is whole; the message names them all
   */
  public Manifest restore(CheckpointLog log, Manifest head) {
    List<String> damages = new ArrayList<>();
    Manifest candidate = head;
    while (true) {
      try (Lineage lineage = new Lineage(cluster)) {
        lineage.restore(log, candidate, live.model(), live.method());
        return candidate;
      } catch (DamagedTensorException e) {
        damages.add("checkpoint %s: %s".formatted(candidate.getCheckpoint(), e.getMessage()));
        Optional<Manifest> next =
            e.isExpired() || damages.size() == CANDIDATES
                ? Optional.empty()
                : log.newestWithout(e.chunk(), candidate);
        if (next.isEmpty()) {
          throw new RunException(
              "run %s has no checkpoint to resume from (%s): start a new run"
                  .formatted(log.run(), String.join("; ", damages)),
              e);
        }
        LOG.error("{}; trying {}", damages.get(damages.size() - 1), next.get().getCheckpoint());
        candidate = next.get();
        reload();
      }
    }
  }

  @Override
  public void close() {
    live.close();
  }
}
