package dev.rivulet.trainer.fault;

import static dev.rivulet.trainer.fault.KillPoint.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The points at which a run is killed, one after the other. Each process resumes the run of the
 * process before and is killed at the next point.
 */
record KillCase(List<KillPoint> points) {

  private static KillCase of(KillPoint... points) {
    return new KillCase(List.of(points));
  }

  /** Returns some cases of a method. The cases of all methods together contain every point. */
  static List<KillCase> some(FaultRun method) {
    return switch (method) {
      case ADARANKGRAD ->
          List.of(
              of(SPECTRA, DECIDED, TRANSPORT, RESTORE, ROLLBACK),
              of(CHUNK_13, COMMITTED, COMMITTED));
      case LOQT -> List.of(of(SEAL, MANIFEST, REOPEN, ROLLBACK_RESTORED), of(TRANSPORT, DECIDED));
      case LOZO -> List.of(of(START, POLL, UPDATE, SEAL, REOPENED, ROLLBACK_COMMITTED));
      case LORA ->
          List.of(
              of(FORWARD, CHUNK_1, CHUNK_LAST, COMMIT),
              of(STEP_TAKEN, CHUNK_2, COMMIT_ANSWERED, FINISH, FINISHED));
    };
  }

  /** Returns a case for each point that a method reaches, with two kills in a row. */
  static List<KillCase> all(FaultRun method) {
    List<KillCase> cases = new ArrayList<>();
    Arrays.stream(KillPoint.values())
        .filter(point -> point.isOn(method))
        .forEach(
            point -> {
              List<KillPoint> points = new ArrayList<>();
              if (point.isInResume()) {
                points.add(POLL);
              }
              points.add(point);
              if (point.recurs()) {
                points.add(point);
              }
              cases.add(new KillCase(points));
            });
    return cases;
  }

  /** Returns the name of the run. */
  String run() {
    return "killed-" + toString().replace(" ", "-").toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return points.stream().map(KillPoint::name).collect(Collectors.joining(" "));
  }
}
