package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An audit of a run: every checkpoint in the log, its place in the chain, and every byte that it
 * refers to, are compared with what was written.
 *
 * <p>Checked are the hash beside each manifest and the hash of its parent in it; what must stay as
 * it is along a run (base, configuration, seed), and what may only grow (epoch, step, positions,
 * ranges that are passed over); the shapes of factors; and of every tensor each chunk: its place,
 * name, number, size and SHA-256. One chunk at a time is in memory. The log is only read.
 *
 * <p>A checkpoint whose sealed weights are kept elsewhere, in a sound snapshot, needs no sealed
 * factor of its own or of those before it.
 *
 * <pre>{@code
 * Snapshots snapshots = Snapshots.read(cluster, "run", warnings::add);
 * AuditReport report = ChainAudit.of(cluster, "run", snapshots.sound(), (done, of, bytes) -> {});
 * report.findings().forEach(System.out::println);
 * }</pre>
 */
public final class ChainAudit {

  /** Receives the progress of an audit. */
  public interface Progress {
    /**
     * Called before the first checkpoint and after each.
     *
     * @param done checkpoints that are done
     * @param of checkpoints that there are
     * @param bytes tensor bytes read so far
     */
    void at(int done, int of, long bytes);
  }

  private final CheckpointLog log;
  private final Set<String> snapshots;
  private final List<AuditFinding> findings = new ArrayList<>();
  private final Set<String> notRestorable = new HashSet<>();
  private final Set<String> dead = new HashSet<>();

  private ChainAudit(CheckpointLog log, Set<String> snapshots) {
    this.log = log;
    this.snapshots = snapshots;
  }

  /**
   * Audits a run.
   *
   * @param snapshots names of the checkpoints that there is a sound snapshot of
   * @throws UsageException when the log has no manifest of the run, sound or not
   * @throws org.apache.kafka.common.errors.TimeoutException when the broker does not answer
   */
  public static AuditReport of(
      KafkaCluster cluster, String run, Set<String> snapshots, Progress progress) {
    CheckpointLog log = CheckpointLog.read(cluster, run);
    boolean named = log.damages().stream().anyMatch(damage -> damage.checkpoint() != null);
    if (log.manifests().isEmpty() && !named) {
      throw new UsageException("run %s has no checkpoint".formatted(run));
    }
    return new ChainAudit(log, snapshots).audit(cluster, progress);
  }

  private AuditReport audit(KafkaCluster cluster, Progress progress) {
    for (LogDamage damage : log.damages()) {
      findings.add(
          new AuditFinding(
              Severity.DAMAGE,
              damage.checkpoint(),
              damage.toString(),
              new CheckpointLog.Place(damage.topic(), damage.partition(), damage.offset())));
    }
    List<Manifest> history =
        log.manifests().values().stream().sorted(CheckpointLog.HISTORY).toList();
    ManifestAudit manifests = new ManifestAudit(log);
    try (TensorAudit tensors = new TensorAudit(cluster, log)) {
      progress.at(0, history.size(), 0);
      for (int i = 0; i < history.size(); i++) {
        check(history.get(i), manifests, tensors);
        progress.at(i + 1, history.size(), tensors.bytes());
      }
      return new AuditReport(
          log.run(),
          history.size(),
          tensors.tensors(),
          tensors.bytes(),
          newest(history),
          List.copyOf(findings));
    }
  }

  private void check(Manifest manifest, ManifestAudit manifests, TensorAudit tensors) {
    String name = manifest.getCheckpoint();
    List<AuditFinding> ofManifest = manifests.check(manifest);
    List<AuditFinding> inherited = tensors.inherited(manifest);
    List<AuditFinding> own = tensors.own(manifest);
    findings.addAll(ofManifest);
    findings.addAll(inherited);
    findings.addAll(own);
    if (!ofManifest.isEmpty() || !own.isEmpty()) {
      notRestorable.add(name);
    }
    if (!ofManifest.isEmpty()
        || isOrphan(manifest)
        || (!inherited.isEmpty() && !isKept(manifest))) {
      dead.add(name);
    }
  }

  /** Returns whether a checkpoint lacks ancestors, or factors of theirs that it needs. */
  private boolean isOrphan(Manifest manifest) {
    String parent = manifest.getParent();
    return parent != null
        && (!log.manifests().containsKey(parent) || (dead.contains(parent) && !isKept(manifest)));
  }

  private boolean isKept(Manifest manifest) {
    return snapshots.contains(manifest.getCheckpoint());
  }

  private Optional<String> newest(List<Manifest> history) {
    EpochNames epochs = new EpochNames(log);
    return history.stream()
        .filter(manifest -> !EpochNames.isSuperseded(epochs.begins(), manifest))
        .map(Manifest::getCheckpoint)
        .filter(name -> !dead.contains(name) && !notRestorable.contains(name))
        .reduce((older, newer) -> newer);
  }
}
