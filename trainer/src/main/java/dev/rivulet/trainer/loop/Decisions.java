package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.policy.RankAllocation;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.spectrum.LayerSpectrum;
import dev.rivulet.trainer.stream.LiveTail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The refresh handshake: spectra out, the rank monitor's decisions back.
 *
 * <p>When not all decisions have come within the timeout, the same policy is applied here, and the
 * answer says so: a decision is a function of the spectra, so it is the one that the monitor would
 * have made.
 */
final class Decisions implements RankSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Decisions.class);

  private final RunLog log;
  private final Optional<RankPolicy> policy;
  private final Duration timeout;
  private final LiveTail<RankDecision> ranks;
  private int epoch;

  /**
   * Makes the handshake of a run.
   *
   * @param policy none for a method that asks for no ranks
   */
  Decisions(RunLog log, Optional<RankPolicy> policy, Duration timeout) {
    this.log = log;
    this.policy = policy;
    this.timeout = timeout;
    ranks = new LiveTail<>(log.cluster(), Topics.RANKS, log.run());
  }

  /** Sets the run epoch that the following refreshes belong to. */
  void enterEpoch(int newEpoch) {
    epoch = newEpoch;
  }

  @Override
  public Decided decide(int refresh, long step, List<LayerSpectrum> spectra) {
    long begin = System.nanoTime();
    List<Spectrum> records =
        spectra.stream().map(layer -> record(refresh, step, spectra.size(), layer)).toList();
    records.forEach(
        record -> log.publish(Topics.SPECTRUM, RunKey.of(log.run(), record.getLayer()), record));
    log.flush();
    long asked = System.nanoTime();
    Map<String, Integer> decided = new HashMap<>();
    long deadline = asked + timeout.toNanos();
    while (decided.size() < spectra.size() && System.nanoTime() < deadline) {
      for (RankDecision decision : ranks.poll(Duration.ofMillis(100))) {
        if (decision.getRun().equals(log.run())
            && decision.getEpoch() == epoch
            && decision.getRefresh() == refresh) {
          decided.put(decision.getLayer(), decision.getRank());
        }
      }
    }
    boolean fallback = decided.size() < spectra.size();
    if (fallback) {
      LOG.warn(
          "refresh {}: {} of {} decisions came within {}; the policy is applied without the"
              + " monitor",
          refresh,
          decided.size(),
          spectra.size(),
          timeout);
      RankAllocation.decide(records)
          .forEach(decision -> decided.put(decision.getLayer(), decision.getRank()));
    }
    return new Decided(refresh, Map.copyOf(decided), fallback, (System.nanoTime() - begin) / 1e9);
  }

  private Spectrum record(int refresh, long step, int layers, LayerSpectrum spectrum) {
    List<Float> sigma = new ArrayList<>();
    for (float value : spectrum.singularValues()) {
      sigma.add(value);
    }
    return Spectrum.newBuilder()
        .setRun(log.run())
        .setEpoch(epoch)
        .setRefresh(refresh)
        .setStep(step)
        .setLayer(spectrum.layer())
        .setKind(spectrum.kind())
        .setLayers(layers)
        .setRows(spectrum.in())
        .setCols(spectrum.out())
        .setSingularValues(sigma)
        .setTotalEnergy(spectrum.energy())
        .setRank(spectrum.rank())
        .setEffectiveRank(spectrum.effectiveRank())
        .setStableRank(spectrum.stableRank())
        .setOverlap(orNull(spectrum.overlap()))
        .setResidualShare(orNull(spectrum.residualShare()))
        .setBytesPerRank(spectrum.bytesPerRank())
        .setPolicy(policy.orElseThrow())
        .build();
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  /** Makes a waiting {@link #decide} throw; from any thread. */
  void wakeup() {
    ranks.wakeup();
  }

  @Override
  public void close() {
    ranks.close();
  }
}
