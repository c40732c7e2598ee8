package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.state.BatchOffset;
import dev.rivulet.rankmonitor.state.Hit;
import dev.rivulet.schemas.record.SkipRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The half-open offset ranges that hold the batches of some steps, and no other batch. */
final class SkipRanges {
  private static final Comparator<BatchOffset> BY_PLACE =
      Comparator.comparing(BatchOffset::getTopic)
          .thenComparing(BatchOffset::getPartition)
          .thenComparing(BatchOffset::getOffset);

  private SkipRanges() {}

  /** Returns the ranges by topic, partition and offset; neighbours are joined. */
  static List<SkipRange> covering(List<Hit> steps) {
    List<SkipRange> ranges = new ArrayList<>();
    steps.stream()
        .flatMap(hit -> hit.getBatches().stream())
        .distinct()
        .sorted(BY_PLACE)
        .forEach(batch -> add(ranges, batch));
    return ranges;
  }

  private static void add(List<SkipRange> ranges, BatchOffset batch) {
    long from = batch.getOffset();
    if (!ranges.isEmpty()) {
      SkipRange last = ranges.get(ranges.size() - 1);
      if (last.getTopic().equals(batch.getTopic())
          && last.getPartition() == batch.getPartition()
          && last.getTo() == batch.getOffset()) {
        ranges.remove(ranges.size() - 1);
        from = last.getFrom();
      }
    }
    ranges.add(new SkipRange(batch.getTopic(), batch.getPartition(), from, batch.getOffset() + 1));
  }
}
