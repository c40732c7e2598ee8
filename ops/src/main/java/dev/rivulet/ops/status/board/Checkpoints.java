package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The newest checkpoints of a run, in the order of the log. */
final class Checkpoints {
  private static final int CAPACITY = 1_000;

  private final Map<String, CheckpointView> byName = new LinkedHashMap<>();
  private long count;

  void apply(Manifest manifest, HistoryLine line) {
    CheckpointView view = CheckpointView.of(manifest);
    if (byName.put(view.checkpoint(), view.superseded(!line.survives(view))) == null) {
      count++;
    }
    if (byName.size() > CAPACITY) {
      byName.remove(byName.keySet().iterator().next());
    }
  }

  boolean forget(String checkpoint) {
    return byName.remove(checkpoint) != null;
  }

  void mark(HistoryLine line) {
    byName.replaceAll((name, view) -> view.superseded(!line.survives(view)));
  }

  /** Returns the number of checkpoints so far, with superseded and forgotten ones. */
  long count() {
    return count;
  }

  /** Returns whether the surviving line of the run is finished. */
  boolean finished() {
    return byName.values().stream()
        .anyMatch(view -> !view.superseded() && view.cause().equals(Cause.FINISH.name()));
  }

  /** Returns the newest surviving checkpoint; null when there is none. */
  @Nullable CheckpointView newest() {
    return newest(view -> view.superseded() ? null : view);
  }

  /** Returns the newest value of a metric; null when no checkpoint has it. */
  @Nullable Double metric(String name) {
    return newest(view -> view.metrics().get(name));
  }

  private <R> @Nullable R newest(Function<CheckpointView, @Nullable R> look) {
    R newest = null;
    for (CheckpointView view : byName.values()) {
      R seen = look.apply(view);
      newest = seen == null ? newest : seen;
    }
    return newest;
  }

  List<CheckpointView> views() {
    return List.copyOf(byName.values());
  }
}
