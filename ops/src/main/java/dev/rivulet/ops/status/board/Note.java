package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Something out of the ordinary in a step.
 *
 * @param kind what sort of thing
 * @param text for people
 * @param timestamp milliseconds since 1970
 */
public record Note(int epoch, long step, Kind kind, String text, long timestamp) {

  /** What a note is about. */
  public enum Kind {
    /** The update was not applied. */
    WITHHELD,
    /** No rank decision came in time, and the trainer applied the rule itself. */
    FALLBACK,
    /** A newer epoch went back in the line of history. */
    REWOUND,
    /** Anything else that the trainer says. */
    REMARK
  }

  /** Returns what a step says about itself: nothing when it was ordinary. */
  static List<Note> of(Step step) {
    String said = step.getNote();
    List<Note> notes = new ArrayList<>();
    if (!step.getApplied()) {
      notes.add(of(step, Kind.WITHHELD, said == null ? "update withheld" : said));
    }
    if (step.getFallback()) {
      notes.add(of(step, Kind.FALLBACK, said == null ? "no rank decision came in time" : said));
    }
    if (notes.isEmpty() && said != null) {
      notes.add(of(step, Kind.REMARK, said));
    }
    return notes;
  }

  /** Returns the note that an epoch, from its first step on, supersedes steps taken before. */
  static Note rewound(int epoch, long first, long last, long timestamp) {
    String lost =
        first == last ? "step %d is".formatted(last) : "steps %d to %d are".formatted(first, last);
    String text = "epoch %d goes on from step %d: %s superseded".formatted(epoch, first - 1, lost);
    return new Note(epoch, first, Kind.REWOUND, text, timestamp);
  }

  private static Note of(Step step, Kind kind, String text) {
    return new Note(
        step.getEpoch(), step.getStep(), kind, text, step.getTimestamp().toEpochMilli());
  }
}
