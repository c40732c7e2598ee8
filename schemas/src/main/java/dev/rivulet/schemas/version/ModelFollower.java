package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * A reader that keeps up with a run: it yields each new version of the model with the tensors that
 * have changed, to update a live model in place.
 *
 * <p>The first version is the newest that is there when the follower is opened, or the run's first,
 * which is waited for. Its tensors are those that differ from the base files. From then on every
 * version comes, in the order of the log, after a rollback too; {@link #latest} passes over those
 * in between.
 *
 * <p>The follower keeps each layer's sealed weight on the disk, in the run's base form (4, 2 or
 * 0.56 bytes a weight), and folds in only what is new: a version costs reading that folder and the
 * version's factors, one fold of each open overlay, and where something was sealed the writing of
 * the layers concerned. Only when a rollback goes back past a seal is a layer folded from the base
 * files again. Memory: a few copies of one tensor. The folder is a cache: it may be deleted, and
 * one that is kept shortens the next start.
 *
 * <p>One thread at a time; {@link #wakeup} and {@link #close} may be called from any.
 *
 * <pre>{@code
 * try (ModelFollower follower = ModelFollower.open(cluster, "reviews-1", base, cache)) {
 *   while (serving) {
 *     Optional<ModelUpdate> update = follower.latest(Duration.ofSeconds(10));
 *     if (update.isPresent()) {
 *       for (ModelUpdate.Tensor tensor : update.get()) {
 *         live.set(tensor.name(), tensor.values());
 *       }
 *     }
 *   }
 * }
 * }</pre>
 */
public final class ModelFollower implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ModelFollower.class.getName());

  private final String run;
  private final BaseModel base;
  private final FoldedWeights kept;
  private final KafkaConsumer<String, byte[]> consumer;
  private final TensorReader reader;
  private final HandedOut handedOut;
  private final Deque<Manifest> pending = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private CheckpointLog log;
  private Snapshots snapshots = Snapshots.NONE;
  private @Nullable Manifest held;
  private int updates;
  private volatile boolean closed;

  private ModelFollower(KafkaCluster cluster, String run, BaseModel base, FoldedWeights kept) {
    this.run = run;
    this.base = base;
    this.kept = kept;
    handedOut = new HandedOut(base);
    consumer = cluster.consumer("rivulet-follower");
    reader = new TensorReader(cluster);
    log = new CheckpointLog(run, Map.of(), Map.of(), Map.of(), List.of());
  }

  /** Reads what is there, of which the newest version comes first. */
  private void begin(KafkaCluster cluster, Consumer<String> warnings) {
    List<TopicPartition> partitions =
        TopicReader.partitions(consumer, cluster.name(Topics.CHECKPOINTS));
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking is lazy: asking for the position fixes it now, before the log is read.
    partitions.forEach(consumer::position);
    log = CheckpointLog.read(cluster, run);
    snapshots = Snapshots.read(cluster, run, warnings);
    log.newest().ifPresent(pending::add);
  }

  /**
   * Follows a run, which may not have started yet.
   *
   * @param directory the base model's Hugging Face directory
   * @param cache folder for the layers' sealed weights, this follower's own
   * @throws IOException when the base model cannot be read, or the folder cannot be made
   * @throws UsageException when the cluster lacks topics
   */
  public static ModelFollower open(KafkaCluster cluster, String run, Path directory, Path cache)
      throws IOException {
    try (Admin admin = cluster.admin()) {
      cluster.requireTopics(admin);
    }
    FoldedWeights kept = new FoldedWeights(cache);
    ModelFollower follower = new ModelFollower(cluster, run, BaseModel.open(directory), kept);
    try {
      follower.begin(cluster, warning -> LOG.log(System.Logger.Level.WARNING, warning));
      return follower;
    } catch (RuntimeException e) {
      follower.close();
      throw e;
    }
  }

  /**
   * Returns the next version.
   *
   * @param timeout how long to wait for it
   * @return nothing when none came in time, or after {@link #wakeup}
   * @throws IllegalStateException when the run started from another base model, or the follower is
   *     closed
   */
  public Optional<ModelUpdate> next(Duration timeout) {
    lock.lock();
    try {
      await(timeout);
      return Optional.ofNullable(pending.poll()).map(this::update);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the newest version as {@link #next} does, passing over those before it. */
  public Optional<ModelUpdate> latest(Duration timeout) {
    lock.lock();
    try {
      await(timeout);
      while (pending.size() > 1) {
        pending.remove();
      }
      return Optional.ofNullable(pending.poll()).map(this::update);
    } finally {
      lock.unlock();
    }
  }

  /** Gathers what is there; when there is nothing, waits for the first to come. */
  private void await(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    requireOpen();
    try {
      poll(Duration.ZERO);
      long left = timeout.toNanos();
      while (pending.isEmpty() && left > 0) {
        poll(Duration.ofNanos(left));
        left = deadline - System.nanoTime();
      }
    } catch (WakeupException e) {
      requireOpen();
    }
  }

  private void poll(Duration wait) {
    for (ConsumerRecord<String, byte[]> record : consumer.poll(wait)) {
      take(record);
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    CheckpointLog grown = log.with(record);
    for (Manifest manifest : grown.manifests().values()) {
      CheckpointLog.Place place = grown.places().get(manifest.getCheckpoint());
      if (!Objects.equals(place, log.places().get(manifest.getCheckpoint()))) {
        pending.add(manifest);
      }
    }
    log = grown;
  }

  private ModelUpdate update(Manifest manifest) {
    Manifest before = held;
    held = manifest;
    int number = ++updates;
    try {
      ModelVersion version = ModelVersion.of(base, log, manifest, reader, snapshots, kept);
      boolean rollback =
          before != null
              && log.lineage(manifest).stream()
                  .noneMatch(it -> it.getCheckpoint().equals(before.getCheckpoint()));
      return new ModelUpdate(
          manifest,
          rollback,
          () -> new Changes(version, handedOut, lock, () -> requireCurrent(manifest, number)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireCurrent(Manifest manifest, int number) {
    requireOpen();
    if (number != updates) {
      throw new IllegalStateException(
          "checkpoint %s: the follower has gone on".formatted(manifest.getCheckpoint()));
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the follower of run %s is closed".formatted(run));
    }
  }

  /** Makes a waiting {@link #next} return; from any thread. */
  public void wakeup() {
    consumer.wakeup();
  }

  /**
   * Ends the follower, when the tensor that is being made is done; from any thread. A waiting
   * {@link #next} throws {@link IllegalStateException}.
   */
  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    lock.lock();
    try {
      consumer.close();
      reader.close();
      base.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }
}
