package dev.rivulet.ops.bench;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.ops.report.Median;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.loop.TrainerConfig;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Kernels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * What the pipeline adds to a step: the same batches are trained from Kafka, by the trainer and the
 * rank monitor as {@code rivulet up} runs them beside an embedded broker, and from memory.
 *
 * <p>From memory half of the steps are taken before and half after, so that what else the machine
 * does weighs alike on both. Of the run through Kafka the records of its steps tell the times; its
 * checkpoints, at the start and the end, lie outside of them.
 */
final class PipelineCost {
  private static final String RUN = "bench";
  private static final long NEVER = Long.MAX_VALUE;

  /** Steps that do not count: the first refreshes, and after it the engine sets itself up. */
  private static final int WARM_UP = 2;

  private final Workload workload;
  private final Contender contender;
  private final EngineConfig engine;
  private final List<Batch> batches;

  /**
   * Prepares the comparison.
   *
   * @param engine where the trainer computes
   * @param steps steps that count, on each side
   */
  PipelineCost(Workload workload, Contender contender, EngineConfig engine, int steps) {
    this.workload = workload;
    this.contender = contender;
    this.engine =
        new EngineConfig(engine.device(), engine.threads(), Optional.of(contender.precision()));
    batches = LongStream.range(0, WARM_UP + steps).mapToObj(workload::batch).toList();
  }

  /**
   * Returns the median time from step to step through Kafka, over that from memory.
   *
   * @param kernels for the steps from memory
   * @param scratch folder for the broker's data
   * @throws RoleException when the run through Kafka fails
   */
  double ratio(Kernels kernels, Path scratch, BenchProgress progress) throws InterruptedException {
    int half = (WARM_UP + batches.size()) / 2;
    progress.part("the pipeline: " + contender.label(), batches.size() + 1);
    List<Double> memory;
    List<Double> kafka;
    try (Trial trial = Trial.start(kernels, workload, contender, Integer.MAX_VALUE)) {
      List<Double> before = fromMemory(kernels, trial, batches.subList(0, half), progress);
      memory = new ArrayList<>(before.subList(WARM_UP, half));
      kafka = fromKafka(scratch);
      progress.done();
      memory.addAll(fromMemory(kernels, trial, batches.subList(half, batches.size()), progress));
    }
    return Median.of(kafka) / Median.of(memory);
  }

  /** Returns the seconds from step to step. */
  private static List<Double> fromMemory(
      Kernels kernels, Trial trial, List<Batch> batches, BenchProgress progress)
      throws InterruptedException {
    List<Double> seconds = new ArrayList<>();
    for (Batch batch : batches) {
      long begin = System.nanoTime();
      try (TokenBatch tokens = TokenBatch.of(kernels.manager(), batch)) {
        trial.step(tokens);
      }
      seconds.add((System.nanoTime() - begin) / 1e9);
      progress.done();
    }
    return seconds;
  }

  private List<Double> fromKafka(Path scratch) throws InterruptedException {
    try (KafkaAccess access = KafkaAccess.openAlone(KafkaSettings.DEFAULT, scratch)) {
      KafkaCluster cluster = access.cluster();
      publish(cluster);
      List<Role> roles =
          List.of(
              Role.monitor(cluster, MonitorConfig.DEFAULT, scratch.resolve("monitor")),
              Role.trainer(cluster, run(), access.room()));
      try (Pipeline pipeline = new Pipeline(roles)) {
        pipeline.start();
        pipeline.await(Role.TRAINER);
      }
      return between(stepTimes(cluster)).subList(WARM_UP - 1, batches.size() - 1);
    }
  }

  private void publish(KafkaCluster cluster) {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("rivulet-bench", null)) {
      send(producer, cluster, Topics.EVAL_BATCHES, Workload.end());
      batches.forEach(batch -> send(producer, cluster, Topics.BATCHES, batch));
    }
  }

  private static void send(
      KafkaProducer<String, byte[]> producer,
      KafkaCluster cluster,
      Topic<Batch> topic,
      Batch batch) {
    var unused = producer.send(cluster.record(topic, Workload.STREAM, batch));
  }

  private TrainerConfig run() {
    return new TrainerConfig(
        RUN,
        workload.model(),
        IntStream.range(0, Workload.CLASSES).mapToObj(Integer::toString).toList(),
        Workload.STREAM,
        contender.method(Integer.MAX_VALUE),
        batches.size(),
        1,
        Trial.LEARNING_RATE,
        0,
        TrainerConfig.Schedule.CONSTANT,
        Trial.CLIP_NORM,
        workload.trainsEmbedding(contender),
        Workload.SEED,
        NEVER,
        NEVER,
        Duration.ofSeconds(60),
        contender.base(),
        RoundingPolicy.NEAREST,
        Optional.of(contender.memory()),
        engine);
  }

  /** Returns when the steps ended, in milliseconds. */
  private static List<Long> stepTimes(KafkaCluster cluster) {
    List<Long> times = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-bench")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.STEPS,
          (record, step) -> times.add(step.getTimestamp().toEpochMilli()));
    }
    return times;
  }

  /** Returns the seconds from one time to the next. */
  static List<Double> between(List<Long> millis) {
    return IntStream.range(1, millis.size())
        .mapToObj(i -> (millis.get(i) - millis.get(i - 1)) / 1e3)
        .toList();
  }
}
