package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.List;

/**
 * Where a run is, between two steps.
 *
 * @param epoch run epoch; each resume and each rollback opens a new one
 * @param step steps taken
 * @param offsets next batch to read, by partition
 * @param skips ranges of batches that are not trained on
 * @param learningRateScale factor of the scheduled learning rate
 */
public record RunPosition(
    int epoch,
    long step,
    List<TopicOffset> offsets,
    List<SkipRange> skips,
    double learningRateScale) {

  public RunPosition {
    offsets = List.copyOf(offsets);
    skips = List.copyOf(skips);
  }

  /** Returns the position of a new run. */
  public static RunPosition start(List<TopicOffset> offsets) {
    return new RunPosition(0, 0, offsets, List.of(), 1);
  }

  /** Returns the position of a run at a checkpoint. */
  public static RunPosition at(Manifest manifest) {
    return new RunPosition(
        manifest.getEpoch(),
        manifest.getStep(),
        manifest.getOffsets(),
        manifest.getSkips(),
        manifest.getLearningRateScale());
  }

  /** Returns the position one step later. */
  public RunPosition next(List<TopicOffset> nextOffsets) {
    return new RunPosition(epoch, step + 1, nextOffsets, skips, learningRateScale);
  }

  /** Returns this position with other offsets. */
  public RunPosition withOffsets(List<TopicOffset> otherOffsets) {
    return new RunPosition(epoch, step, otherOffsets, skips, learningRateScale);
  }
}
