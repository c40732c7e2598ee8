package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Command;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order to a run, for the API.
 *
 * @param epoch the run epoch of the order
 * @param step the step that caused the order; 0 for an order of a person
 * @param checkpoint the checkpoint to roll back to; null for the run's first
 * @param skip ranges of skipped batches, as TOPIC/PARTITION:FROM-TO, TO exclusive
 * @param timestamp milliseconds since 1970
 */
public record CommandView(
    int epoch,
    long step,
    String action,
    @Nullable String checkpoint,
    List<String> skip,
    double learningRateScale,
    String reason,
    String issuer,
    long timestamp) {

  static CommandView of(Command command) {
    return new CommandView(
        command.getEpoch(),
        command.getStep(),
        command.getAction().name(),
        command.getCheckpoint(),
        command.getSkip().stream()
            .map(
                range ->
                    "%s/%d:%d-%d"
                        .formatted(
                            range.getTopic(), range.getPartition(), range.getFrom(), range.getTo()))
            .toList(),
        command.getLearningRateScale(),
        command.getReason(),
        command.getIssuer(),
        command.getTimestamp().toEpochMilli());
  }
}
