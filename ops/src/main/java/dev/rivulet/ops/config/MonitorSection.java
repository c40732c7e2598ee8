package dev.rivulet.ops.config;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.stability.LossSpike;
import dev.rivulet.rankmonitor.stability.NonFinite;
import dev.rivulet.rankmonitor.stability.StabilityConfig;
import java.util.Optional;

/** The section {@code monitor}. */
final class MonitorSection {
  private MonitorSection() {}

  static Optional<MonitorConfig> read(Section monitor) {
    StabilityConfig usual = MonitorConfig.DEFAULT.stability();
    Section finite = monitor.section("nonFinite");
    Section spike = monitor.section("lossSpike");
    Optional<NonFinite> nonFinite = nonFinite(finite, usual.nonFinite());
    Optional<LossSpike> lossSpike = lossSpike(spike, usual.lossSpike());
    Optional<MonitorConfig> config =
        monitor.build(
            () ->
                new MonitorConfig(
                    new StabilityConfig(
                        nonFinite.orElse(usual.nonFinite()),
                        lossSpike.orElse(usual.lossSpike()),
                        monitor.get(
                            "stableAfter",
                            Kind.count(0),
                            usual.stableAfter(),
                            "steps without an alarm that make a checkpoint stable"),
                        monitor.get(
                            "learningRateScale",
                            Kind.SHARE,
                            usual.learningRateScale(),
                            "factor on the learning rate at each rollback but the first"),
                        monitor.get(
                            "maxRollbacks",
                            Kind.count(0),
                            usual.maxRollbacks(),
                            "rollbacks of a run, after which it is stopped")),
                    monitor.get(
                        "commitInterval",
                        Kind.DURATION,
                        MonitorConfig.DEFAULT.commitInterval(),
                        "time between commits, about the latency of a decision"),
                    monitor.get(
                        "threads",
                        Kind.count(1),
                        MonitorConfig.DEFAULT.threads(),
                        "stream threads")));
    monitor.done();
    return config;
  }

  private static Optional<NonFinite> nonFinite(Section rule, NonFinite usual) {
    Optional<NonFinite> config =
        rule.build(
            () ->
                new NonFinite(
                    rule.get(
                        "enabled",
                        Kind.FLAG,
                        usual.enabled(),
                        "act on losses and gradients that are not finite")));
    rule.done();
    return config;
  }

  private static Optional<LossSpike> lossSpike(Section rule, LossSpike usual) {
    Optional<LossSpike> config =
        rule.build(
            () ->
                new LossSpike(
                    rule.get("enabled", Kind.FLAG, usual.enabled(), "act on loss spikes"),
                    rule.get(
                        "window", Kind.count(2), usual.window(), "losses the median is taken over"),
                    rule.get(
                        "warmUp", Kind.count(2), usual.warmUp(), "losses needed to say anything"),
                    rule.get(
                        "alertSigma",
                        Kind.POSITIVE,
                        usual.alertSigma(),
                        "deviations above the median that make an alarm"),
                    rule.get(
                        "actSigma",
                        Kind.POSITIVE,
                        usual.actSigma(),
                        "deviations above the median that make a hit"),
                    rule.get(
                        "hits",
                        Kind.count(1),
                        usual.hits(),
                        "hits in a row that ask for a rollback"),
                    rule.get(
                        "sigmaFloorShare",
                        Kind.NOT_NEGATIVE,
                        usual.sigmaFloorShare(),
                        "smallest deviation, as a share of the median"),
                    rule.get(
                        "sigmaFloor",
                        Kind.POSITIVE,
                        usual.sigmaFloor(),
                        "smallest deviation, in nats")));
    rule.done();
    return config;
  }
}
