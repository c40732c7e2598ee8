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
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.config.CadenceConfig;
import dev.rivulet.trainer.config.LearningRateConfig;
import dev.rivulet.trainer.config.ModelConfig;
import dev.rivulet.trainer.config.OptimizationConfig;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Kernels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The overhead of the pipeline per step. The same batches are trained from Kafka, by the trainer
 * and the rank monitor as {@code rivulet up} runs them with an embedded broker, and from memory.
 *
 * <p>The two alternate in turns of a few steps. While one works the other waits: the trainer waits
 * for batches, which are published one turn at a time. So other load on the machine, and the load
 * of an idle broker and monitor, affect both. The times through Kafka come from the records of the
 * steps. The first step of a turn, which includes the wait, does not count. The first turn, which
 * has a refresh and code that the Java VM has not compiled yet, does not count either. Checkpoints
 * are outside of the turns.
 */
final class PipelineCost {
  private static final String RUN = "bench";
  private static final long NEVER = Long.MAX_VALUE;

  /** Steps of a turn; the first does not count. */
  private static final int TURN = 4;

  /** Turns that do not count. */
  private static final int WARM_UP = 1;

  private final Workload workload;
  private final Contender contender;
  private final EngineConfig engine;
  private final List<List<Batch>> turns;

  /**
   * Prepares the comparison.
   *
   * @param engine device and threads of the trainer
   * @param steps smallest number of counted steps on each side
   */
  PipelineCost(Workload workload, Contender contender, EngineConfig engine, int steps) {
    this.workload = workload;
    this.contender = contender;
    this.engine =
        new EngineConfig(engine.device(), engine.threads(), Optional.of(contender.precision()));
    int counted = (steps + TURN - 2) / (TURN - 1);
    turns =
        IntStream.range(0, WARM_UP + counted)
            .mapToObj(turn -> LongStream.range((long) turn * TURN, (turn + 1L) * TURN))
            .map(indices -> indices.mapToObj(workload::batch).toList())
            .toList();
  }

  /**
   * Returns the median step time through Kafka divided by that from memory.
   *
   * @param kernels for the steps from memory
   * @param scratch folder for the broker's data
   * @throws RoleException when the run through Kafka fails
   */
  double ratio(Kernels kernels, Path scratch, BenchProgress progress) throws InterruptedException {
    progress.part("the pipeline: " + contender.label(), 2 * turns.size());
    try (Trial trial = Trial.start(kernels, workload, contender, Integer.MAX_VALUE);
        KafkaAccess access = KafkaAccess.openAlone(KafkaSettings.DEFAULT, scratch)) {
      KafkaCluster cluster = access.cluster();
      List<Role> roles =
          List.of(
              Role.monitor(cluster, MonitorConfig.DEFAULT, scratch.resolve("monitor")),
              Role.trainer(cluster, run(), access.room()));
      try (Pipeline pipeline = new Pipeline(roles);
          PipelineTurns kafka = new PipelineTurns(cluster, pipeline)) {
        kafka.send(Topics.EVAL_BATCHES, Workload.end());
        pipeline.start();
        List<Double> throughKafka = new ArrayList<>();
        List<Double> fromMemory = new ArrayList<>();
        for (int turn = 0; turn < turns.size(); turn++) {
          List<Double> direct = fromMemory(kernels, trial, turns.get(turn));
          progress.done();
          List<Double> piped = kafka.train(turns.get(turn));
          progress.done();
          if (turn >= WARM_UP) {
            fromMemory.addAll(direct);
            throughKafka.addAll(piped);
          }
        }
        pipeline.await(Role.TRAINER);
        return Median.of(throughKafka) / Median.of(fromMemory);
      }
    }
  }

  /** Returns the seconds of all steps of a turn except the first. */
  private static List<Double> fromMemory(Kernels kernels, Trial trial, List<Batch> turn) {
    List<Double> seconds = new ArrayList<>();
    for (Batch batch : turn) {
      long begin = System.nanoTime();
      try (TokenBatch tokens = TokenBatch.of(kernels.manager(), batch)) {
        trial.step(tokens);
      }
      seconds.add((System.nanoTime() - begin) / 1e9);
    }
    return seconds.subList(1, seconds.size());
  }

  private TrainerConfig run() {
    return new TrainerConfig(
        RUN,
        new ModelConfig(
            workload.model(),
            IntStream.range(0, Workload.CLASSES).mapToObj(Integer::toString).toList(),
            workload.trainsEmbedding(contender),
            contender.base(),
            RoundingPolicy.NEAREST),
        Workload.STREAM,
        Workload.SEED,
        contender.method(Integer.MAX_VALUE),
        new OptimizationConfig(
            (long) turns.size() * TURN,
            1,
            new LearningRateConfig(Trial.LEARNING_RATE, 0, LearningRateConfig.Schedule.CONSTANT),
            Trial.CLIP_NORM),
        new CadenceConfig(NEVER, NEVER),
        TrainerConfig.DECISION_TIMEOUT,
        Optional.of(contender.memory()),
        engine);
  }
}
