package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.RivuletException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * The snapshots of a run: files with the sealed weights of some of its checkpoints, from which a
 * fold may start in the place of the base model.
 *
 * <p>Each is checked as it is used: what it is made from against the history that it is to begin,
 * and its bytes against the SHA-256 in the log. One that is damaged or absent is reported once and
 * passed over; then an older one serves, or the base model and all factors, as long as these are
 * there.
 */
public final class Snapshots {
  /** No snapshots. */
  public static final Snapshots NONE = new Snapshots(List.of(), warning -> {});

  private final List<Snapshot> newestFirst;
  private final Consumer<String> warnings;
  private final List<Snapshot> unusable = new ArrayList<>();
  private final Map<Snapshot, Path> fetched = new HashMap<>();

  private Snapshots(Collection<Snapshot> all, Consumer<String> warnings) {
    List<Snapshot> ordered = new ArrayList<>(all);
    ordered.sort((a, b) -> b.getTimestamp().compareTo(a.getTimestamp()));
    newestFirst = Collections.unmodifiableList(ordered);
    this.warnings = warnings;
  }

  /**
   * Reads where a run's snapshots lie.
   *
   * @param warnings receives one line for each snapshot that cannot be used
   */
  public static Snapshots read(KafkaCluster cluster, String run, Consumer<String> warnings) {
    Map<String, Snapshot> byCheckpoint = new HashMap<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-snapshots")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.SNAPSHOTS,
          (record, snapshot) -> {
            if (snapshot.getRun().equals(run)) {
              byCheckpoint.put(snapshot.getCheckpoint(), snapshot);
            }
          });
    }
    return new Snapshots(byCheckpoint.values(), warnings);
  }

  /** Returns all of them. */
  public List<Snapshot> all() {
    return newestFirst;
  }

  /**
   * A sound snapshot, from which a checkpoint's layers can be restored.
   *
   * @param checkpoint whose sealed weights it holds
   * @param form that they are kept in
   */
  public record Start(String checkpoint, BaseForm form, Path file) {

    /** Returns what is left of the way to a checkpoint: what of its lineage comes after this. */
    public List<Manifest> rest(List<Manifest> lineage) {
      return lineage.stream()
          .dropWhile(ancestor -> !ancestor.getCheckpoint().equals(checkpoint))
          .skip(1)
          .toList();
    }

    /**
     * Returns the weight of a layer.
     *
     * @throws IllegalArgumentException when there is none of that shape
     */
    public BaseWeight weight(String layer, int in, int out) {
      try (SafetensorsFile opened = SafetensorsFile.open(file)) {
        return WeightTensors.read(opened, TensorNames.weight(layer), form, in, out);
      } catch (IOException e) {
        throw UsageException.of(file, e);
      }
    }
  }

  /** Returns the newest sound snapshot on the way to a checkpoint; its file is read and checked. */
  public Optional<Start> newest(CheckpointLog log, Manifest manifest) {
    List<Manifest> lineage = new ArrayList<>(log.lineage(manifest));
    Collections.reverse(lineage);
    for (Manifest ancestor : lineage) {
      for (Snapshot snapshot : newestFirst) {
        if (snapshot.getCheckpoint().equals(ancestor.getCheckpoint()) && isSound(snapshot)) {
          return Optional.of(
              new Start(
                  snapshot.getCheckpoint(),
                  ModelVersion.baseForm(manifest),
                  Objects.requireNonNull(fetched.get(snapshot))));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns the names of the checkpoints that there is a sound snapshot of; all files are read. */
  public Set<String> sound() {
    return newestFirst.stream()
        .filter(this::isSound)
        .map(Snapshot::getCheckpoint)
        .collect(Collectors.toUnmodifiableSet());
  }

  private boolean isSound(Snapshot snapshot) {
    if (unusable.contains(snapshot)) {
      return false;
    }
    try {
      String actual = Digests.hex(Digests.sha256(weights(snapshot)));
      if (actual.equals(snapshot.getSha256())) {
        return true;
      }
      passOver(snapshot, "its SHA-256 is %s, not %s".formatted(actual, snapshot.getSha256()));
    } catch (IOException | RivuletException e) {
      passOver(snapshot, reason(e));
    }
    return false;
  }

  /**
   * Returns the newest weight of a layer that is an ancestor of the requested one.
   *
   * @param least factors that must be in it
   * @param most factors that may be in it
   * @param origin digest of all that a weight with a number of factors is made from
   */
  Optional<FoldedWeight> find(
      String layer,
      BaseForm form,
      int in,
      int out,
      int least,
      int most,
      IntFunction<String> origin) {
    Optional<FoldedWeight> best = Optional.empty();
    int atLeast = least;
    for (Snapshot snapshot : newestFirst) {
      Optional<FoldedWeight> found =
          unusable.contains(snapshot)
              ? Optional.empty()
              : read(snapshot, layer, form, in, out, atLeast, most, origin);
      if (found.isPresent()) {
        best = found;
        atLeast = found.get().folded() + 1;
      }
    }
    return best;
  }

  private Optional<FoldedWeight> read(
      Snapshot snapshot,
      String layer,
      BaseForm form,
      int in,
      int out,
      int least,
      int most,
      IntFunction<String> origin) {
    try (SafetensorsFile file = SafetensorsFile.open(weights(snapshot))) {
      String[] made = file.metadata().getOrDefault(layer, "").split(" ", 2);
      if (made.length < 2) {
        passOver(snapshot, "it lacks layer " + layer);
        return Optional.empty();
      }
      int folded = Integer.parseInt(made[0]);
      if (folded < least || folded > most || !made[1].equals(origin.apply(folded))) {
        return Optional.empty();
      }
      String name = TensorNames.weight(layer);
      for (String tensor : WeightTensors.names(name, form)) {
        String actual = Digests.hex(file.sha256(tensor));
        if (!actual.equals(snapshot.getTensors().get(tensor))) {
          passOver(snapshot, "tensor %s has another SHA-256 than the log says".formatted(tensor));
          return Optional.empty();
        }
      }
      return Optional.of(new FoldedWeight(WeightTensors.read(file, name, form, in, out), folded));
    } catch (IOException | RivuletException e) {
      passOver(snapshot, reason(e));
      return Optional.empty();
    }
  }

  private Path weights(Snapshot snapshot) throws IOException {
    Path file = fetched.get(snapshot);
    if (file == null) {
      file = SnapshotStore.weights(snapshot);
      fetched.put(snapshot, file);
    }
    return file;
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private void passOver(Snapshot snapshot, String reason) {
    unusable.add(snapshot);
    warnings.accept(
        "the snapshot of checkpoint %s at %s cannot be used: %s; continuing without it"
            .formatted(snapshot.getCheckpoint(), snapshot.getLocation(), reason));
  }
}
