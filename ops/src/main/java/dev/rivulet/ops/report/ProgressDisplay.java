package dev.rivulet.ops.report;

import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A display of a run's progress on the error stream, from the {@code steps} topic alone: a bar on a
 * terminal, else a line every {@value #PLAIN_EVERY} steps and at evaluations.
 */
public final class ProgressDisplay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressDisplay.class);
  private static final int PLAIN_EVERY = 25;
  private static final int NARROWEST_BAR = 8;

  private final KafkaCluster cluster;
  private final String run;
  private final PrintWriter err;
  private final Thread thread;
  private volatile boolean closing;

  /**
   * Creates a display, not yet started.
   *
   * @param terminal whether the error stream is a terminal
   */
  public ProgressDisplay(KafkaCluster cluster, String run, PrintWriter err, boolean terminal) {
    this.cluster = cluster;
    this.run = run;
    this.err = err;
    this.thread = new Thread(terminal ? this::showBar : this::showLines, "progress");
    thread.setDaemon(true);
  }

  /** Starts the display. */
  public void start() {
    thread.start();
  }

  private void showBar() {
    StepProgress progress = new StepProgress();
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setInitialMax(1)
            .setUpdateIntervalMillis(500)
            .setRenderer(
                (state, width) ->
                    bar(state.getExtraMessage(), state.getNormalizedProgress(), width))
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      bar.setExtraMessage(run + "  " + progress.line());
      follow(
          step -> {
            progress.add(step);
            bar.maxHint(step.getTotalSteps());
            bar.stepTo(step.getStep());
            bar.setExtraMessage(
                "%s %d/%d  %s"
                    .formatted(run, step.getStep(), step.getTotalSteps(), progress.line()));
          });
    }
  }

  /** Returns the text and, if enough columns are free, a bar that fills them. */
  static String bar(String text, double share, int width) {
    int room = width - text.length() - 4;
    if (room < NARROWEST_BAR) {
      return text.substring(0, Math.min(text.length(), Math.max(0, width)));
    }
    int done = (int) Math.round(share * room);
    return text + "  [" + "=".repeat(done) + " ".repeat(room - done) + "]";
  }

  private void showLines() {
    StepProgress progress = new StepProgress();
    follow(
        step -> {
          progress.add(step);
          boolean notable =
              step.getMetrics() != null
                  || step.getStep() % PLAIN_EVERY == 0
                  || step.getStep() == step.getTotalSteps();
          if (notable) {
            err.printf(
                "%s  step %d/%d  %s%n", run, step.getStep(), step.getTotalSteps(), progress.line());
            err.flush();
          }
        });
  }

  /** Reads the run's steps from the first one; after {@link #close}, to the end of the topic. */
  private void follow(Consumer<Step> show) {
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-progress")) {
      List<TopicPartition> partitions =
          TopicReader.partitions(consumer, cluster.name(Topics.STEPS));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      boolean more = true;
      while (more) {
        boolean last = closing;
        var records = consumer.poll(Duration.ofMillis(500));
        for (ConsumerRecord<String, byte[]> record : records) {
          Step step = Topics.STEPS.decode(record);
          if (step.getRun().equals(run)) {
            show.accept(step);
          }
        }
        more = !last || !records.isEmpty();
      }
    } catch (KafkaException e) {
      LOG.warn("the progress of {} is no longer shown: {}", run, e.getMessage());
    }
  }

  /** Shows all remaining steps and ends the display. */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(Duration.ofSeconds(10).toMillis());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
