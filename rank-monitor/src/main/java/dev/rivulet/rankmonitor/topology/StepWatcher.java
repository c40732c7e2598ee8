package dev.rivulet.rankmonitor.topology;

import dev.rivulet.rankmonitor.stability.StabilityWatch;
import dev.rivulet.rankmonitor.stability.StabilityWatch.Outcome;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Step;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The processor that puts each step before the stability watch and forwards its commands. */
final class StepWatcher extends ContextualProcessor<String, Step, String, Command> {
  static final String RUNS = "runs"; // run -> RunState

  private static final Logger LOG = LoggerFactory.getLogger(StepWatcher.class);

  private final StabilityWatch watch;

  StepWatcher(StabilityWatch watch) {
    this.watch = watch;
  }

  @Override
  public void process(Record<String, Step> record) {
    Step step = record.value();
    if (step == null) {
      LOG.warn("{}: step left out: no value", Origin.of(context()));
      return;
    }
    KeyValueStore<String, RunState> runs = context().getStateStore(RUNS);
    Outcome outcome = watch.observe(runs.get(step.getRun()), step);
    runs.put(step.getRun(), outcome.state());
    Command command = outcome.command();
    if (command != null) {
      LOG.warn("run {}: {}", step.getRun(), command.getReason());
      context().forward(record.withKey(step.getRun()).withValue(command));
    } else if (outcome.alert() != null) {
      LOG.warn("run {}: {}", step.getRun(), outcome.alert());
    }
  }
}
