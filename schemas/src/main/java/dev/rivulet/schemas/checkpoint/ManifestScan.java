package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RecordHash;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.TopicReader.Unreadable;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/** A pass over the manifests of one run: of each checkpoint, the newest record counts. */
final class ManifestScan {
  private final String run;
  private final Map<String, Manifest> manifests = new TreeMap<>();
  private final Map<String, String> hashes = new HashMap<>();
  private final Map<String, CheckpointLog.Place> places = new HashMap<>();
  private final Map<String, LogDamage> damages = new TreeMap<>();
  private final List<LogDamage> unreadable = new ArrayList<>();

  private ManifestScan(String run) {
    this.run = run;
  }

  static CheckpointLog read(KafkaCluster cluster, String run) {
    ManifestScan scan = new ManifestScan(run);
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-checkpoint-log")) {
      TopicReader.forEachSound(
          consumer, cluster.name(Topics.CHECKPOINTS), scan::accept, scan::passOver);
    }
    return scan.log();
  }

  /** Returns a log with one more record, unless it was read before. */
  static CheckpointLog with(CheckpointLog log, ConsumerRecord<String, byte[]> record) {
    boolean known =
        log.places().values().stream()
            .anyMatch(
                place ->
                    place.partition() == record.partition() && place.offset() >= record.offset());
    if (known) {
      return log;
    }
    ManifestScan scan = new ManifestScan(log.run());
    scan.manifests.putAll(log.manifests());
    scan.hashes.putAll(log.hashes());
    scan.places.putAll(log.places());
    for (LogDamage damage : log.damages()) {
      if (damage.checkpoint() == null) {
        scan.unreadable.add(damage);
      } else {
        scan.damages.put(damage.checkpoint(), damage);
      }
    }
    scan.accept(record);
    return scan.log();
  }

  private CheckpointLog log() {
    List<LogDamage> all = new ArrayList<>(damages.values());
    all.addAll(unreadable);
    return new CheckpointLog(run, manifests, hashes, places, all);
  }

  private void accept(ConsumerRecord<String, byte[]> record) {
    String key = String.valueOf(record.key());
    boolean keyOfRun = RunKey.run(key).equals(run) && key.length() > run.length() + 1;
    if (record.value() == null) {
      if (keyOfRun) {
        forget(checkpoint(key));
      }
      return;
    }
    Manifest manifest;
    try {
      manifest = Topics.CHECKPOINTS.codec().decode(record.value());
    } catch (SerializationException e) {
      if (keyOfRun) {
        damaged(checkpoint(key), record, String.valueOf(e.getMessage()));
      }
      return;
    }
    if (keyOfRun || manifest.getRun().equals(run)) {
      accept(keyOfRun ? checkpoint(key) : manifest.getCheckpoint(), manifest, record);
    }
  }

  private void accept(String checkpoint, Manifest manifest, ConsumerRecord<String, byte[]> record) {
    if (!RunKey.of(run, manifest.getCheckpoint()).equals(record.key())
        || !manifest.getRun().equals(run)) {
      damaged(
          checkpoint,
          record,
          "its key is %s, and it is checkpoint %s of run %s"
              .formatted(record.key(), manifest.getCheckpoint(), manifest.getRun()));
      return;
    }
    try {
      String hash = RecordHash.requireSame(record);
      forget(checkpoint);
      manifests.put(checkpoint, manifest);
      hashes.put(checkpoint, hash);
      places.put(
          checkpoint, new CheckpointLog.Place(record.topic(), record.partition(), record.offset()));
    } catch (SerializationException e) {
      damaged(checkpoint, record, String.valueOf(e.getMessage()));
    }
  }

  private void damaged(String checkpoint, ConsumerRecord<String, byte[]> record, String reason) {
    forget(checkpoint);
    damages.put(
        checkpoint,
        new LogDamage(checkpoint, record.topic(), record.partition(), record.offset(), 1, reason));
  }

  private void forget(String checkpoint) {
    manifests.remove(checkpoint);
    hashes.remove(checkpoint);
    places.remove(checkpoint);
    damages.remove(checkpoint);
  }

  private void passOver(Unreadable stretch) {
    unreadable.add(
        new LogDamage(
            null,
            stretch.topic(),
            stretch.partition(),
            stretch.from(),
            stretch.to() - stretch.from(),
            stretch.reason()));
  }

  private String checkpoint(String key) {
    return key.substring(run.length() + 1);
  }
}
