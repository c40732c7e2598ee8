package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RecordHash;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of one run, as the log held them when they were read.
 *
 * <p>Each manifest is checked against the hash in its record's header. One that is not what was
 * written is not a checkpoint, and is reported by {@link #damages}; those that come after it in the
 * line of history need its factors, and cannot be used either.
 *
 * @param run name of the run
 * @param manifests the sound ones, by checkpoint name
 * @param hashes SHA-256 of their records' values, in hex, by checkpoint name
 * @param places where they were read, by checkpoint name
 * @param damages manifests that cannot be used
 */
public record CheckpointLog(
    String run,
    Map<String, Manifest> manifests,
    Map<String, String> hashes,
    Map<String, Place> places,
    List<LogDamage> damages) {
  /** The order of history: a run epoch's checkpoints after those of all older epochs. */
  public static final Comparator<Manifest> HISTORY =
      Comparator.comparingInt(Manifest::getEpoch).thenComparingLong(Manifest::getStep);

  /**
   * Where a record lies.
   *
   * @param topic full name of the topic
   */
  public record Place(String topic, int partition, long offset) {
    @Override
    public String toString() {
      return "%s, partition %d, offset %d".formatted(topic, partition, offset);
    }
  }

  /** Returns the name of a checkpoint: the run epoch, and the step with six digits at least. */
  public static String name(int epoch, long step) {
    return "%d-%06d".formatted(epoch, step);
  }

  /** Reads the committed manifests of a run. */
  public static CheckpointLog read(KafkaCluster cluster, String run) {
    return ManifestScan.read(cluster, run);
  }

  /** Returns this log with one more manifest: the object that has just been committed. */
  public CheckpointLog with(Manifest manifest) {
    Map<String, Manifest> all = new TreeMap<>(manifests);
    all.put(manifest.getCheckpoint(), manifest);
    Map<String, String> allHashes = new HashMap<>(hashes);
    allHashes.put(
        manifest.getCheckpoint(), RecordHash.hex(Topics.CHECKPOINTS.codec().encode(manifest)));
    List<LogDamage> others =
        damages.stream()
            .filter(damage -> !manifest.getCheckpoint().equals(damage.checkpoint()))
            .toList();
    return new CheckpointLog(run, all, allHashes, places, others);
  }

  /**
   * Returns this log with one more record of its topic, which was read after it; one of another
   * run, or from before this log was read, changes nothing.
   */
  public CheckpointLog with(ConsumerRecord<String, byte[]> record) {
    return ManifestScan.with(this, record);
  }

  /**
   * Returns the SHA-256 of a checkpoint's record, in hex.
   *
   * @throws UsageException when the run has no such checkpoint
   */
  public String sha256(String checkpoint) {
    String sha256 = hashes.get(checkpoint);
    if (sha256 == null) {
      throw missing(checkpoint);
    }
    return sha256;
  }

  /**
   * Returns the newest checkpoint that can be used: the last step of the newest run epoch, as far
   * as its ancestors are sound.
   */
  public Optional<Manifest> newest() {
    return newestUpTo(Long.MAX_VALUE);
  }

  /** Returns the newest checkpoint that can be used, of those up to a step. */
  public Optional<Manifest> newestUpTo(long step) {
    Map<Integer, Long> begins = new EpochNames(this).begins();
    return manifests.values().stream()
        .filter(manifest -> manifest.getStep() <= step)
        .filter(manifest -> !EpochNames.isSuperseded(begins, manifest))
        .sorted(HISTORY.reversed())
        .filter(manifest -> gap(manifest).isEmpty())
        .findFirst();
  }

  /** Returns a number for the next run epoch: above those of all checkpoints, damaged ones too. */
  public int nextEpoch() {
    return new EpochNames(this).next();
  }

  /** Returns the run's first checkpoint. */
  public Optional<Manifest> first() {
    return manifests.values().stream().min(HISTORY);
  }

  /**
   * Returns the checkpoint of a name; the run's first when it is null.
   *
   * @throws UsageException when the run has no such checkpoint
   */
  public Manifest get(@Nullable String checkpoint) {
    Optional<Manifest> found =
        checkpoint == null ? first() : Optional.ofNullable(manifests.get(checkpoint));
    return found.orElseThrow(() -> missing(checkpoint));
  }

  /**
   * Returns the checkpoint of a name; the newest that can be used when it is null.
   *
   * @throws UsageException when the run has no such checkpoint
   * @throws UsageException when it has none that can be used
   */
  public Manifest choose(@Nullable String checkpoint) {
    return checkpoint == null
        ? newest()
            .orElseThrow(
                () -> new UsageException("run %s has no checkpoint: train it first".formatted(run)))
        : get(checkpoint);
  }

  private UsageException missing(@Nullable String checkpoint) {
    return damages.stream()
        .filter(damage -> damage.checkpoint() != null && damage.checkpoint().equals(checkpoint))
        .findFirst()
        .map(damage -> new UsageException("run %s: %s".formatted(run, damage)))
        .orElseGet(
            () ->
                new UsageException(
                    "run %s has no checkpoint %s; it has %s"
                        .formatted(run, checkpoint, manifests.keySet())));
  }

  /**
   * Returns why a checkpoint does not lead back to the run's first one; nothing where it does. Each
   * must be the one that its child was written after, as the hash in the child says.
   */
  public Optional<String> gap(Manifest manifest) {
    Manifest child = manifest;
    while (child.getParent() != null) {
      Optional<String> fault = linkFault(child);
      if (fault.isPresent()) {
        return fault;
      }
      child = get(child.getParent());
    }
    return Optional.empty();
  }

  /**
   * Returns what is wrong with the way from a checkpoint to its parent; nothing where it is sound.
   */
  Optional<String> linkFault(Manifest child) {
    String name = child.getParent();
    if (name == null) {
      return Optional.empty();
    }
    Manifest parent = manifests.get(name);
    String fault = null;
    if (parent == null) {
      fault = "its parent: " + missing(name).getMessage();
    } else if (HISTORY.compare(parent, child) >= 0) {
      fault = "its parent %s is not older than it".formatted(name);
    } else if (!sha256(name).equals(child.getParentSha256())) {
      fault =
          "its parent %s is not the one that it was written after: SHA-256 %s, and it says %s"
              .formatted(name, sha256(name), child.getParentSha256());
    }
    return Optional.ofNullable(fault)
        .map(what -> "checkpoint %s: %s".formatted(child.getCheckpoint(), what));
  }

  /**
   * Returns the newest of a checkpoint and its ancestors that does not need a chunk: not among its
   * own tensors, nor among those that all versions since are made of.
   *
   * @throws RunException when an ancestor is missing
   */
  public Optional<Manifest> newestWithout(ChunkRef chunk, Manifest manifest) {
    Optional<Manifest> newest = Optional.empty();
    for (Manifest candidate : lineage(manifest)) {
      if (hasChunk(ManifestTensors.lasting(candidate), chunk)) {
        break;
      }
      if (!hasChunk(ManifestTensors.all(candidate), chunk)) {
        newest = Optional.of(candidate);
      }
    }
    return newest;
  }

  private static boolean hasChunk(Stream<TensorRef> tensors, ChunkRef chunk) {
    return tensors.anyMatch(tensor -> tensor.getChunks().contains(chunk));
  }

  /**
   * Returns a checkpoint and its ancestors, the run's first one first.
   *
   * @throws RunException when an ancestor is missing or damaged
   */
  public List<Manifest> lineage(Manifest manifest) {
    Optional<String> gap = gap(manifest);
    if (gap.isPresent()) {
      throw new RunException(gap.get());
    }
    Deque<Manifest> lineage = new ArrayDeque<>(List.of(manifest));
    while (lineage.element().getParent() != null) {
      lineage.addFirst(get(lineage.element().getParent()));
    }
    return List.copyOf(lineage);
  }

  /** Returns the names of all checkpoints in the log: sound, damaged, and parents. */
  Stream<String> names() {
    Stream<String> damaged =
        damages.stream().map(LogDamage::checkpoint).flatMap(Stream::ofNullable);
    Stream<String> parents =
        manifests.values().stream().map(Manifest::getParent).flatMap(Stream::ofNullable);
    return Stream.of(manifests.keySet().stream(), damaged, parents).flatMap(name -> name);
  }

  /** Returns the offsets whose manifests cannot even be named. */
  long nameless() {
    return damages.stream()
        .filter(damage -> damage.checkpoint() == null)
        .mapToLong(LogDamage::count)
        .sum();
  }
}
