package dev.rivulet.ops.status.board;

import dev.rivulet.ops.status.board.RunSummary.State;
import dev.rivulet.ops.status.board.RunSummary.Waiting;
import dev.rivulet.ops.status.board.RunUpdate.Part;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fold of one run's records: series along the surviving line of history, and the events of the
 * run. Its size is bounded for a run of any length. Not thread-safe; {@link RunBoard} guards it.
 */
public final class RunFold {
  /** Maximum number of steps; longer runs are thinned evenly. */
  public static final int STEPS = 4_000;

  private static final int EVALUATIONS = 1_000;
  private static final String ADAMW_BYTES = "adamwOptimizerBytes";
  private static final String FULL_COPY_BYTES = "fullCopyBytes";
  private static final String PROCESS_BYTES = "processBytes";

  private final String run;
  private final HistoryLine line = new HistoryLine();
  private final StepSeries<StepPoint> steps = new StepSeries<>(STEPS);
  private final StepSeries<EvaluationPoint> evaluations = new StepSeries<>(EVALUATIONS);
  private final Layers layers = new Layers();
  private final Checkpoints checkpoints = new Checkpoints();
  private final CommandHistory commands = new CommandHistory();
  private final Recent<Note> notes = new Recent<>();
  private final Pace pace = new Pace();

  private final List<StepPoint> newSteps = new ArrayList<>();
  private final EnumSet<Part> changed = EnumSet.noneOf(Part.class);

  private @Nullable String method;
  private @Nullable String model;
  private long totalSteps;
  private long startedAt = Long.MAX_VALUE;
  private long updatedAt;

  RunFold(String run) {
    this.run = run;
  }

  void apply(Step step) {
    seen(step.getTimestamp());
    observe(step.getEpoch(), step.getStep());
    pace.countTokens(step);
    note(Note.of(step));
    StepPoint before = steps.newest();
    boolean repeated = before != null && step.getStep() <= before.step();
    if (repeated || !line.survives(step.getEpoch(), step.getStep())) {
      return;
    }
    method = step.getMethod();
    totalSteps = step.getTotalSteps();
    pace.measure(step);
    Map<String, Integer> applied = step.getRanks();
    if (applied != null) {
      layers.apply(step, applied);
      changed.add(Part.LAYERS);
    }
    if (step.getMetrics() != null) {
      evaluated(new EvaluationPoint(step.getEpoch(), step.getStep(), step.getMetrics()));
    }
    StepPoint point = StepPoint.of(step, layers.meanRank());
    steps.put(point);
    newSteps.add(point);
  }

  void apply(Spectrum spectrum) {
    observe(spectrum.getEpoch(), spectrum.getStep());
    if (line.survives(spectrum.getEpoch(), spectrum.getStep())) {
      layers.apply(spectrum);
      changed.add(Part.LAYERS);
    }
  }

  void apply(RankDecision decision) {
    observe(decision.getEpoch(), decision.getStep());
    if (line.survives(decision.getEpoch(), decision.getStep())) {
      layers.apply(decision);
      changed.add(Part.LAYERS);
    }
  }

  void apply(Command command) {
    seen(command.getTimestamp());
    commands.apply(command);
    changed.add(Part.EVENTS);
  }

  void apply(Manifest manifest) {
    seen(manifest.getTimestamp());
    boolean opens = manifest.getCause() == Cause.RESUME || manifest.getCause() == Cause.ROLLBACK;
    observe(manifest.getEpoch(), opens ? manifest.getStep() + 1 : manifest.getStep());
    checkpoints.apply(manifest, line);
    method = manifest.getMethod();
    model = manifest.getModel();
    if (manifest.getCause() == Cause.START) {
      Map<String, Double> metrics = new HashMap<>(manifest.getMetrics());
      metrics.keySet().removeAll(Set.of(ADAMW_BYTES, FULL_COPY_BYTES, PROCESS_BYTES));
      if (!metrics.isEmpty()) {
        evaluated(new EvaluationPoint(manifest.getEpoch(), manifest.getStep(), metrics));
      }
    }
    changed.add(Part.CHECKPOINTS);
  }

  /** Removes a checkpoint that the log no longer contains. */
  void forgetCheckpoint(String checkpoint) {
    if (checkpoints.forget(checkpoint)) {
      changed.add(Part.CHECKPOINTS);
    }
  }

  private void seen(Instant time) {
    startedAt = Math.min(startedAt, time.toEpochMilli());
    updatedAt = Math.max(updatedAt, time.toEpochMilli());
  }

  private void evaluated(EvaluationPoint evaluation) {
    if (line.survives(evaluation)) {
      evaluations.put(evaluation);
      changed.add(Part.EVALUATIONS);
    }
  }

  private void note(List<Note> more) {
    if (!more.isEmpty()) {
      notes.addAll(more);
      changed.add(Part.EVENTS);
    }
  }

  /** Observes a position in the history, and removes the values that it supersedes. */
  private void observe(int epoch, long step) {
    StepPoint newest = steps.newest();
    if (!line.observe(epoch, step)) {
      return;
    }
    if (newest != null && !line.survives(newest)) {
      note(List.of(Note.rewound(epoch, step, newest.step(), updatedAt)));
    }
    steps.prune(line);
    evaluations.prune(line);
    layers.prune(line);
    checkpoints.mark(line);
    newSteps.removeIf(point -> !line.survives(point));
    changed.add(Part.HISTORY);
  }

  /** Returns the changes since the last call; empty without changes. */
  Optional<RunUpdate> takeUpdate() {
    if (newSteps.isEmpty() && changed.isEmpty()) {
      return Optional.empty();
    }
    RunUpdate update = new RunUpdate(summary(), List.copyOf(newSteps), Set.copyOf(changed));
    newSteps.clear();
    changed.clear();
    return Optional.of(update);
  }

  long updatedAt() {
    return updatedAt;
  }

  /** Returns the state of the run. */
  public RunSummary summary() {
    StepPoint newest = steps.newest();
    Waiting waiting = layers.waiting(newest == null ? 0 : newest.step());
    return new RunSummary(
        run,
        state(newest, waiting),
        method,
        model,
        line.epoch(),
        newest,
        totalSteps,
        Math.min(startedAt, updatedAt),
        updatedAt,
        pace.secondsPerStep(),
        pace.checkpointSeconds(),
        pace.checkpointStall(),
        pace.tokens(),
        evaluations.newest(),
        checkpoints.count(),
        checkpoints.newest(),
        commands.rollbacks(),
        checkpoints.metric(ADAMW_BYTES),
        checkpoints.metric(FULL_COPY_BYTES),
        waiting);
  }

  private State state(@Nullable StepPoint newest, @Nullable Waiting waiting) {
    if (checkpoints.finished() || (newest != null && newest.step() >= totalSteps)) {
      return State.FINISHED;
    }
    if (commands.inForce(Action.STOP, line.epoch())) {
      return State.STOPPED;
    }
    if (commands.inForce(Action.PAUSE, line.epoch())) {
      return State.PAUSED;
    }
    if (waiting != null) {
      return State.WAITING;
    }
    return newest == null ? State.STARTING : State.RUNNING;
  }

  /** Returns the first surviving steps from a step on, thinned for a long run. */
  public List<StepPoint> steps(long from, int limit) {
    return steps.from(from, limit);
  }

  /** Returns the surviving evaluations, oldest first. */
  public List<EvaluationPoint> evaluations() {
    return evaluations.values();
  }

  /** Returns all layers by name, each with its newest spectrum. */
  public List<LayerView> layers() {
    return layers.outlines();
  }

  /** Returns a layer with all its spectra; empty for an unknown name. */
  public Optional<LayerView> layer(String name) {
    return layers.view(name);
  }

  /** Returns the current rank by layer, as reported by the trainer. */
  public Map<String, Integer> ranks() {
    return layers.ranks();
  }

  /** Returns the checkpoints in the order of the log, with superseded ones. */
  public List<CheckpointView> checkpoints() {
    return checkpoints.views();
  }

  /** Returns the commands, oldest first. */
  public List<CommandView> commands() {
    return commands.views();
  }

  /** Returns the notes on unusual steps, oldest first. */
  public List<Note> notes() {
    return notes.values();
  }
}
