package dev.rivulet.schemas.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * Something that an audit of a run found not to be as it was written.
 *
 * @param severity what it means for the run
 * @param checkpoint name of the checkpoint; null where the record cannot be named
 * @param what what is wrong, one line
 * @param where the record that it was seen at; null where it is known of no single record
 */
public record AuditFinding(
    Severity severity,
    @Nullable String checkpoint,
    String what,
    CheckpointLog.@Nullable Place where) {

  /** What a finding means for the run. */
  public enum Severity {
    /** Something is not what was written: a record altered, lost or foreign. */
    DAMAGE,
    /** Retention, or a deletion after a rebase, has removed what a checkpoint refers to. */
    EXPIRED
  }

  @Override
  public String toString() {
    return "%s%s: %s%s"
        .formatted(
            severity,
            checkpoint == null ? "" : ", checkpoint " + checkpoint,
            what,
            where == null ? "" : " (" + where + ")");
  }
}
