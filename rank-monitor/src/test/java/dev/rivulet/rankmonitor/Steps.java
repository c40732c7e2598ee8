package dev.rivulet.rankmonitor;

import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TopicOffset;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A builder of the steps that a trainer publishes: step n reads batch offset n - 1, and a
 * checkpoint is committed every {@code checkpointEvery} steps.
 */
public record Steps(String run, int epoch, int checkpointEvery) {
  public static final Steps RUN = new Steps("run", 0, 25);

  public Steps inEpoch(int number) {
    return new Steps(run, number, checkpointEvery);
  }

  public Steps ofRun(String name) {
    return new Steps(name, epoch, checkpointEvery);
  }

  public Step step(long number, double loss) {
    return step(number, loss, Double.isFinite(loss) ? 1.0 : Double.NaN, Double.isFinite(loss));
  }

  public Step step(long number, double loss, double gradientNorm, boolean applied) {
    long checkpoint = (number - 1) / checkpointEvery * checkpointEvery;
    return step(number, loss, gradientNorm, applied, name(checkpoint), checkpoint);
  }

  public Step step(
      long number,
      double loss,
      double gradientNorm,
      boolean applied,
      @Nullable String checkpoint,
      long checkpointStep) {
    return new Step(
        run,
        0,
        epoch,
        number,
        1000L,
        Instant.ofEpochSecond(1_000_000 + number),
        "adarankgrad",
        0,
        List.of(new TopicOffset("rivulet.batches", 0, number - 1)),
        loss,
        gradientNorm,
        1e-4,
        1024L,
        applied,
        null,
        0.5,
        0.0,
        1L,
        1L,
        1L,
        null,
        false,
        checkpoint,
        checkpointStep,
        null,
        null,
        0.0);
  }

  /** Returns the name of the checkpoint at a step. */
  public String name(long step) {
    return "%d-%06d".formatted(epoch, step);
  }
}
