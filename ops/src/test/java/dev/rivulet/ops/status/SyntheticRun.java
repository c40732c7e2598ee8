package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * A stand-in for a trainer and a monitor: writes to the topics what a fine-tuning of a small
 * encoder would, with falling ranks, checkpoints, evaluations, and rollbacks when asked.
 */
final class SyntheticRun implements AutoCloseable {
  private static final List<String> KINDS =
      List.of(
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "intermediate.dense",
          "output.dense");
  private static final int REFRESH = 20;
  private static final int CHECKPOINT = 50;
  private static final int SKETCHED = 32;

  private final KafkaCluster cluster;
  private final KafkaProducer<String, byte[]> producer;
  private final Records records;
  private final String run;
  private final long totalSteps;
  private final Random random = new Random(7);
  private final Map<String, Integer> ranks = new LinkedHashMap<>();
  private final List<String> layers =
      IntStream.range(0, 6)
          .boxed()
          .flatMap(block -> KINDS.stream().map(kind -> "bert.encoder.layer." + block + "." + kind))
          .toList();
  private final List<Future<RecordMetadata>> sent = new ArrayList<>();
  private String checkpoint = "0-000000";
  private int epoch;
  private long step;

  SyntheticRun(KafkaCluster cluster, String run, long totalSteps) {
    this.cluster = cluster;
    this.run = run;
    this.totalSteps = totalSteps;
    records = new Records(run);
    producer = cluster.producer("synthetic-run", null);
    checkpoint(records.checkpoint(0, 0, Cause.START), Map.of("accuracy", 0.503));
    acknowledge();
  }

  List<String> layers() {
    return layers;
  }

  boolean goesOn() {
    return step < totalSteps;
  }

  /** Takes some steps, as long as the run goes on. */
  void advance(int steps) {
    for (int i = 0; i < steps && goesOn(); i++) {
      step++;
      boolean refreshes = step % REFRESH == 1;
      if (refreshes) {
        layers.forEach(this::refresh);
      }
      Step.Builder taken = step().setRanks(refreshes ? Map.copyOf(ranks) : null);
      if (step % CHECKPOINT == 0) {
        double accuracy =
            0.5 + 0.21 * (1 - Math.exp(-step / 180.0)) + random.nextGaussian() * 0.006;
        taken.setMetrics(Map.of("accuracy", accuracy, "evalLoss", 0.7 - 0.5 * (accuracy - 0.5)));
        checkpoint(
            records.checkpoint(epoch, step, step == totalSteps ? Cause.FINISH : Cause.INTERVAL),
            Map.of("accuracy", accuracy));
      }
      send(Topics.STEPS, run, taken.build());
    }
    acknowledge();
  }

  /** Takes a step whose loss is not finite, and goes back to a checkpoint because of it. */
  void failAndRollBack(long toStep) {
    step++;
    send(
        Topics.STEPS,
        run,
        step().setLoss(Double.NaN).setApplied(false).setNote("loss is not finite").build());
    send(
        Topics.CONTROL,
        run,
        records
            .command(epoch, Action.ROLLBACK, step)
            .setCheckpoint("%d-%06d".formatted(epoch, toStep))
            .setReason("loss was not finite at step %d".formatted(step))
            .setTimestamp(Instant.now())
            .build());
    epoch++;
    step = toStep;
    checkpoint = "%d-%06d".formatted(epoch - 1, toStep);
    checkpoint(records.checkpoint(epoch, step, Cause.ROLLBACK), Map.of());
    acknowledge();
  }

  private Step.Builder step() {
    double fall = 0.34 + 0.36 * Math.exp(-step / 220.0);
    long bytes = 4_100_000 + 1_024L * 8 * ranks.values().stream().mapToInt(rank -> rank).sum();
    return records
        .step(epoch, step)
        .setTotalSteps(totalSteps)
        .setTimestamp(Instant.now())
        .setLoss(Math.max(0.05, fall + random.nextGaussian() * 0.06))
        .setGradientNorm(Math.exp(0.5 + random.nextGaussian() * 0.35))
        .setLearningRate(
            1e-4 * Math.min(step / 40.0, 1 - (step - 40.0) / Math.max(1, totalSteps - 40)))
        .setTokens(480 + random.nextInt(120))
        .setSeconds(0.38 + random.nextDouble() * 0.05)
        .setOptimizerBytes(bytes)
        .setPeakBytes(560_000_000 + Math.min(step, 60) * 1_500_000)
        .setCheckpoint(checkpoint);
  }

  private void refresh(String layer) {
    int block = Integer.parseInt(layer.replaceAll("\\D", ""));
    int kind = KINDS.indexOf(layer.replaceAll("^.*layer\\.\\d+\\.", ""));
    double decay = 0.05 + 0.018 * ((block * 5 + kind * 3) % 7) + step / 2_600.0;
    List<Float> values =
        IntStream.range(0, SKETCHED)
            .mapToObj(
                i -> (float) (0.8 * Math.exp(-decay * i) * (0.94 + 0.06 * random.nextDouble())))
            .sorted((a, b) -> Float.compare(b, a))
            .toList();
    int before = ranks.getOrDefault(layer, 0);
    Spectrum spectrum =
        records
            .spectrum(epoch, step, layer, values)
            .setLayers(layers.size())
            .setRefresh((int) (step / REFRESH))
            .setRank(before)
            .setOverlap(before == 0 ? null : 0.6 + 0.3 * random.nextDouble())
            .setResidualShare(before == 0 ? null : 0.1 + 0.2 * random.nextDouble())
            .build();
    RankDecision decision = decide(spectrum, before);
    ranks.put(layer, decision.getRank());
    send(Topics.SPECTRUM, RunKey.of(run, layer), spectrum);
    send(Topics.RANKS, RunKey.of(run, layer), decision);
  }

  private RankDecision decide(Spectrum spectrum, int before) {
    double captured = 0;
    int rank = 0;
    while (rank < SKETCHED && captured < 0.9 * spectrum.getTotalEnergy()) {
      captured += Math.pow(spectrum.getSingularValues().get(rank), 2);
      rank++;
    }
    return records
        .decision(epoch, spectrum.getStep(), spectrum.getLayer(), rank)
        .setRefresh(spectrum.getRefresh())
        .setPreviousRank(before)
        .setCapturedShare(captured / spectrum.getTotalEnergy())
        .setReason(rank == SKETCHED ? RankReason.MAX_RANK : RankReason.ENERGY_THRESHOLD)
        .build();
  }

  private void checkpoint(Manifest.Builder manifest, Map<String, Double> metrics) {
    Map<String, Double> all = new LinkedHashMap<>(metrics);
    all.put("adamwOptimizerBytes", 181_700_000.0);
    all.put("fullCopyBytes", 90_860_000.0);
    Manifest built =
        manifest
            .setTimestamp(Instant.now())
            .setParent(manifest.getStep() == 0 ? null : checkpoint)
            .setMetrics(all)
            .build();
    checkpoint = built.getCheckpoint();
    send(Topics.CHECKPOINTS, RunKey.of(run, checkpoint), built);
  }

  private <T> void send(Topic<T> topic, String key, T value) {
    sent.add(producer.send(cluster.record(topic, key, value)));
  }

  /** Waits until all that was sent is acknowledged. */
  private void acknowledge() {
    producer.flush();
    for (Future<RecordMetadata> record : sent) {
      try {
        record.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new AssertionError(e);
      }
    }
    sent.clear();
  }

  @Override
  public void close() {
    producer.close();
  }
}
