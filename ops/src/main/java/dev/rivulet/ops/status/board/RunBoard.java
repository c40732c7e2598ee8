package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.RunKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The runs of the topics, folded from their records. Thread-safe: one thread applies records and
 * publishes, any thread reads. It keeps the {@value #RUNS} most recently active runs.
 */
public final class RunBoard {
  private static final int RUNS = 100;

  private final Map<String, RunFold> runs = new HashMap<>();
  private final List<Consumer<RunUpdate>> listeners = new CopyOnWriteArrayList<>();

  /**
   * Applies a step.
   *
   * @throws IllegalArgumentException when the run's name is not valid, as in all these methods
   */
  public synchronized void apply(Step step) {
    history(step.getRun()).apply(step);
  }

  /** Applies a spectrum. */
  public synchronized void apply(Spectrum spectrum) {
    history(spectrum.getRun()).apply(spectrum);
  }

  /** Applies a rank decision. */
  public synchronized void apply(RankDecision decision) {
    history(decision.getRun()).apply(decision);
  }

  /** Applies a command. */
  public synchronized void apply(Command command) {
    history(command.getRun()).apply(command);
  }

  /** Applies a checkpoint. */
  public synchronized void apply(Manifest manifest) {
    history(manifest.getRun()).apply(manifest);
  }

  /** Removes the checkpoint of a key, which the log no longer contains. */
  public synchronized void forgetCheckpoint(String key) {
    RunFold history = runs.get(RunKey.run(key));
    if (history != null) {
      history.forgetCheckpoint(key.substring(key.indexOf('/') + 1));
    }
  }

  private RunFold history(String run) {
    RunFold history = runs.get(run);
    if (history == null) {
      history = new RunFold(RunKey.requireValid(run));
      runs.put(run, history);
      if (runs.size() > RUNS) {
        runs.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(run))
            .min(Comparator.comparingLong(entry -> entry.getValue().updatedAt()))
            .ifPresent(oldest -> runs.remove(oldest.getKey()));
      }
    }
    return history;
  }

  /** Adds a listener. The publishing thread calls it, so that it must return quickly. */
  public void listen(Consumer<RunUpdate> listener) {
    listeners.add(listener);
  }

  /** Sends the listeners the changes since the last call. */
  public void publish() {
    List<RunUpdate> updates;
    synchronized (this) {
      updates = runs.values().stream().flatMap(run -> run.takeUpdate().stream()).toList();
    }
    updates.forEach(update -> listeners.forEach(listener -> listener.accept(update)));
  }

  /** Returns the state of each run, the most recently active first. */
  public synchronized List<RunSummary> runs() {
    return runs.values().stream()
        .map(RunFold::summary)
        .sorted(
            Comparator.comparingLong(RunSummary::updatedAt)
                .reversed()
                .thenComparing(RunSummary::run))
        .toList();
  }

  /**
   * Reads from the fold of one run; empty for an unknown run.
   *
   * @param look must not keep a reference to the fold
   */
  public synchronized <R> Optional<R> look(String run, Function<RunFold, R> look) {
    return Optional.ofNullable(runs.get(run)).map(look);
  }
}
