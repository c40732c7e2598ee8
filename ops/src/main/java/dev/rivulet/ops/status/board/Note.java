package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * A note on an unusual step.
 *
 * @param kind category of the note
 * @param text for people
 * @param timestamp milliseconds since 1970
 */
public record Note(int epoch, long step, Kind kind, String text, long timestamp) {

  /** The category of a note. */
  public enum Kind {
    /** The update was not applied. */
    WITHHELD,
    /** No rank decision arrived in time, and the trainer applied the rule itself. */
    FALLBACK,
    /** A newer epoch started from an older step. */
    REWOUND,
    /** Any other note of the trainer. */
    REMARK
  }

  /** Returns the notes of a step; empty for an ordinary step. */
  static List<Note> of(Step step) {
    String said = step.getNote();
    List<Note> notes = new ArrayList<>();
    if (!step.getApplied()) {
      notes.add(of(step, Kind.WITHHELD, said == null ? "update withheld" : said));
    }
    if (step.getFallback()) {
      notes.add(of(step, Kind.FALLBACK, said == null ? "no rank decision arrived in time" : said));
    }
    if (notes.isEmpty() && said != null) {
      notes.add(of(step, Kind.REMARK, said));
    }
    return notes;
  }

  /** Returns the note that an epoch supersedes steps from its first step on. */
  static Note rewound(int epoch, long first, long last, long timestamp) {
    String lost =
        first == last ? "step %d is".formatted(last) : "steps %d to %d are".formatted(first, last);
    String text = "epoch %d resumes from step %d: %s superseded".formatted(epoch, first - 1, lost);
    return new Note(epoch, first, Kind.REWOUND, text, timestamp);
  }

  private static Note of(Step step, Kind kind, String text) {
    return new Note(
        step.getEpoch(), step.getStep(), kind, text, step.getTimestamp().toEpochMilli());
  }
}
