package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import java.util.List;
import java.util.Optional;

/**
 * What an audit of a run's checkpoints found.
 *
 * @param run name of the run
 * @param checkpoints manifests that could be read
 * @param tensors tensors that were read
 * @param bytes of their data
 * @param newest the newest checkpoint that a run can resume from: it, its ancestors, and all
 *     tensors that it takes are sound
 * @param findings in the order of history; those of records that cannot be named come first
 */
public record AuditReport(
    String run,
    int checkpoints,
    long tensors,
    long bytes,
    Optional<String> newest,
    List<AuditFinding> findings) {

  /** Returns whether everything that is there is as it was written; what expired is not damage. */
  public boolean isSound() {
    return findings.stream().noneMatch(finding -> finding.severity() == Severity.DAMAGE);
  }
}
