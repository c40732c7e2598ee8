package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.RunBoard;
import dev.rivulet.ops.status.board.RunFold;
import dev.rivulet.ops.status.board.RunSummary;
import dev.rivulet.ops.status.board.StepPoint;
import dev.rivulet.trainer.eval.Metric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The Prometheus metrics of the runs on a board, updated before each scrape. */
final class RunMeters {
  private final MeterRegistry registry;
  private final RunBoard board;
  private final Map<MultiGauge, ToDoubleFunction<RunSummary>> gauges = new HashMap<>();
  private final Map<String, List<Meter>> counters = new HashMap<>();
  private final MultiGauge ranks;

  RunMeters(MeterRegistry registry, RunBoard board) {
    this.registry = registry;
    this.board = board;
    gauge("rivulet.step", "steps taken", of(StepPoint::step));
    gauge("rivulet.steps.configured", "configured number of steps", RunSummary::totalSteps);
    gauge("rivulet.loss", "training loss", of(StepPoint::loss));
    gauge("rivulet.gradient.norm", "gradient norm before clipping", of(StepPoint::gradientNorm));
    gauge("rivulet.learning.rate", "learning rate", of(StepPoint::learningRate));
    gauge(
        "rivulet.seconds.per.step",
        "seconds per step, exponential mean",
        RunSummary::secondsPerStep);
    gauge(
        "rivulet.checkpoint.stall",
        "checkpoint stall time divided by the training time",
        RunSummary::checkpointStall);
    gauge("rivulet.weight.bytes", "model weights", of(StepPoint::weightBytes));
    gauge("rivulet.optimizer.bytes", "optimizer state", of(StepPoint::optimizerBytes));
    gauge("rivulet.peak.bytes", "largest resident size", of(StepPoint::peakBytes));
    gauge("rivulet.epoch", "run epoch", RunSummary::epoch);
    gauge("rivulet.accuracy", "newest evaluation", metric(Metric.ACCURACY));
    gauge("rivulet.perplexity", "newest evaluation", metric(Metric.PERPLEXITY));
    gauge("rivulet.eval.loss", "newest evaluation, in nats", metric(Metric.EVAL_LOSS));
    gauge("rivulet.mean.rank", "mean of the current ranks", of(RunMeters::meanRank));
    ranks = MultiGauge.builder("rivulet.rank").description("current rank").register(registry);
  }

  private void gauge(String name, String what, ToDoubleFunction<RunSummary> value) {
    gauges.put(MultiGauge.builder(name).description(what).register(registry), value);
  }

  private static ToDoubleFunction<RunSummary> of(ToDoubleFunction<StepPoint> value) {
    return run -> run.newest() == null ? Double.NaN : value.applyAsDouble(run.newest());
  }

  private static double meanRank(StepPoint step) {
    return step.meanRank() == null ? Double.NaN : step.meanRank();
  }

  private static ToDoubleFunction<RunSummary> metric(Metric metric) {
    return run ->
        run.evaluation() == null
            ? Double.NaN
            : run.evaluation().metrics().getOrDefault(metric.key(), Double.NaN);
  }

  /** Updates the metrics from the board: adds new runs and layers, removes old runs. */
  synchronized void refresh() {
    List<RunSummary> runs = board.runs();
    gauges.forEach(
        (gauge, value) ->
            gauge.register(
                runs.stream()
                    .map(run -> row(Tags.of("run", run.run()), value.applyAsDouble(run)))
                    .collect(Collectors.toList()),
                true));
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    for (RunSummary run : runs) {
      board
          .look(run.run(), RunFold::ranks)
          .orElse(Map.of())
          .forEach((layer, rank) -> rows.add(row(Tags.of("run", run.run(), "layer", layer), rank)));
      counters.computeIfAbsent(run.run(), this::counters);
    }
    ranks.register(rows, true);
    Set<String> there = runs.stream().map(RunSummary::run).collect(Collectors.toSet());
    counters
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !there.contains(entry.getKey());
              if (gone) {
                entry.getValue().forEach(registry::remove);
              }
              return gone;
            });
  }

  private static MultiGauge.Row<?> row(Tags tags, double value) {
    return MultiGauge.Row.of(tags, value);
  }

  private List<Meter> counters(String run) {
    return List.of(
        counter("rivulet.tokens", "tokens trained on", run, RunSummary::tokens),
        counter("rivulet.checkpoints", "checkpoints committed", run, RunSummary::checkpoints),
        counter(
            "rivulet.checkpoint.seconds",
            "stall time of checkpoints",
            run,
            RunSummary::checkpointSeconds),
        counter("rivulet.rollbacks", "rollbacks ordered", run, RunSummary::rollbacks));
  }

  private Meter counter(String name, String what, String run, ToDoubleFunction<RunSummary> value) {
    return FunctionCounter.builder(
            name,
            board,
            from -> from.look(run, RunFold::summary).map(value::applyAsDouble).orElse(0.0))
        .description(what)
        .tags("run", run)
        .register(registry);
  }
}
