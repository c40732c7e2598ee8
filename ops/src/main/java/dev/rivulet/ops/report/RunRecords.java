package dev.rivulet.ops.report;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * The records of one run, from its topics.
 *
 * @param steps the effective steps, in order: steps that a resume or a rollback discarded are
 *     omitted
 * @param kinds kind of layer, by layer
 * @param decisions the rank monitor's answers
 * @param checkpoints manifests, oldest first
 */
public record RunRecords(
    List<Step> steps,
    Map<String, String> kinds,
    List<RankDecision> decisions,
    List<Manifest> checkpoints) {

  /** Reads the topics from the beginning. */
  public static RunRecords read(KafkaCluster cluster, String run) {
    List<Step> steps = new ArrayList<>();
    Map<String, String> kinds = new HashMap<>();
    List<RankDecision> decisions = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-report")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.STEPS,
          (record, step) -> {
            if (step.getRun().equals(run)) {
              steps.add(step);
            }
          });
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.SPECTRUM,
          (record, spectrum) -> {
            if (spectrum.getRun().equals(run)) {
              kinds.put(spectrum.getLayer(), spectrum.getKind());
            }
          });
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.RANKS,
          (record, decision) -> {
            if (decision.getRun().equals(run)) {
              decisions.add(decision);
            }
          });
    }
    List<Manifest> checkpoints =
        CheckpointLog.read(cluster, run).manifests().values().stream()
            .sorted(
                Comparator.comparingInt(Manifest::getEpoch).thenComparingLong(Manifest::getStep))
            .toList();
    return new RunRecords(effective(steps), kinds, decisions, checkpoints);
  }

  /** Returns the effective steps among all steps in the order of the log. */
  public static List<Step> effective(List<Step> log) {
    NavigableMap<Long, Step> effective = new TreeMap<>();
    for (Step step : log) {
      effective.tailMap(step.getStep(), true).clear();
      effective.put(step.getStep(), step);
    }
    return List.copyOf(effective.values());
  }

  /**
   * Returns the resident size of the training process before the model was loaded; 0 if unknown.
   */
  public long processBytes() {
    return checkpoints.isEmpty()
        ? 0
        : Math.round(
            checkpoints.get(checkpoints.size() - 1).getMetrics().getOrDefault("processBytes", 0.0));
  }

  /**
   * Returns the largest resident size of the training process minus {@link #processBytes}; 0 if
   * unknown.
   */
  public long peakBytes() {
    long peak = steps.stream().mapToLong(Step::getPeakBytes).max().orElse(0);
    return Math.max(0, peak - processBytes());
  }

  /**
   * Returns the mean bytes that a checkpoint wrote, over the checkpoints that wrote any. A chunk
   * that an older checkpoint refers to was not written again.
   */
  public long checkpointBytes() {
    Set<String> seen = new HashSet<>();
    long bytes = 0;
    long writing = 0;
    for (Manifest checkpoint : checkpoints) {
      long added = 0;
      for (ChunkRef chunk : (Iterable<ChunkRef>) chunks(checkpoint)::iterator) {
        boolean isNew =
            seen.add(chunk.getTopic() + "/" + chunk.getPartition() + "/" + chunk.getOffset());
        added += isNew ? chunk.getSize() : 0;
      }
      bytes += added;
      writing += added > 0 ? 1 : 0;
    }
    return writing == 0 ? 0 : bytes / writing;
  }

  /** Returns the checkpoint stall time divided by the run's time; 0 when there are no steps. */
  public double checkpointStall() {
    double stalled = steps.stream().mapToDouble(Step::getCheckpointSeconds).sum();
    double stepped = steps.stream().mapToDouble(Step::getSeconds).sum();
    return stalled == 0 ? 0 : stalled / (stalled + stepped);
  }

  private static Stream<ChunkRef> chunks(Manifest checkpoint) {
    return ManifestTensors.all(checkpoint).flatMap(tensor -> tensor.getChunks().stream());
  }
}
