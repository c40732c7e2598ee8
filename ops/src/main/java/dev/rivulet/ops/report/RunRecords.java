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
 * The records of one run, as its topics hold them.
 *
 * @param steps the steps that count, in order: those that a resume or a rollback took back are left
 *     out
 * @param kinds kind of layer, by layer
 * @param decisions the rank monitor's answers
 * @param checkpoints manifests, oldest first
 */
public record RunRecords(
    List<Step> steps,
    Map<String, String> kinds,
    List<RankDecision> decisions,
    List<Manifest> checkpoints) {

  /** Reads the topics from their beginning. */
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
    return new RunRecords(counting(steps), kinds, decisions, checkpoints);
  }

  /** Returns the steps that count, of all in the order of the log. */
  public static List<Step> counting(List<Step> log) {
    NavigableMap<Long, Step> counting = new TreeMap<>();
    for (Step step : log) {
      counting.tailMap(step.getStep(), true).clear();
      counting.put(step.getStep(), step);
    }
    return List.copyOf(counting.values());
  }

  /**
   * Returns the resident size of the training process before the model was loaded; 0 where it is
   * not known.
   */
  public long processBytes() {
    return checkpoints.isEmpty()
        ? 0
        : Math.round(
            checkpoints.get(checkpoints.size() - 1).getMetrics().getOrDefault("processBytes", 0.0));
  }

  /**
   * Returns the largest resident size of the training process above {@link #processBytes}; 0 where
   * it is not known.
   */
  public long peakBytes() {
    long peak = steps.stream().mapToLong(Step::getPeakBytes).max().orElse(0);
    return Math.max(0, peak - processBytes());
  }

  /**
   * Returns the mean bytes of chunks newly written, over the checkpoints that wrote any: what an
   * older checkpoint refers to as well was not written again.
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

  private static Stream<ChunkRef> chunks(Manifest checkpoint) {
    return ManifestTensors.all(checkpoint).flatMap(tensor -> tensor.getChunks().stream());
  }
}
