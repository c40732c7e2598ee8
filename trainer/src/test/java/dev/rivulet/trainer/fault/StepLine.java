package dev.rivulet.trainer.fault;

import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.run.RunReader;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/**
 * The steps of a run, in the order of the log.
 *
 * @param all the steps of every run epoch
 */
public record StepLine(List<Step> all) {

  public static StepLine read(KafkaCluster cluster, String run) {
    return new StepLine(new RunReader(cluster, run).steps());
  }

  /** Waits until a run has taken a number of steps. */
  public static void await(KafkaCluster cluster, String run, long count) {
    Eventually.await(
        "run %s has taken %d steps".formatted(run, count),
        () -> read(cluster, run).newest() >= count);
  }

  private long newest() {
    return all.isEmpty() ? 0 : all.get(all.size() - 1).getStep();
  }

  /** Returns the surviving line of history: the steps that no newer run epoch supersedes. */
  public List<Step> surviving() {
    TreeMap<Long, Step> line = new TreeMap<>();
    for (Step step : all) {
      line.tailMap(step.getStep(), true).clear();
      line.put(step.getStep(), step);
    }
    return List.copyOf(line.values());
  }

  /** Returns the offsets of the batches of the surviving line, in order. */
  public List<Long> offsets() {
    return surviving().stream()
        .flatMap(step -> step.getBatches().stream())
        .map(TopicOffset::getOffset)
        .toList();
  }

  /** Returns the longest time between two steps. */
  public Duration longestPause() {
    Duration longest = Duration.ZERO;
    for (int i = 1; i < all.size(); i++) {
      Duration pause = Duration.between(all.get(i - 1).getTimestamp(), all.get(i).getTimestamp());
      longest = pause.compareTo(longest) > 0 ? pause : longest;
    }
    return longest;
  }
}
