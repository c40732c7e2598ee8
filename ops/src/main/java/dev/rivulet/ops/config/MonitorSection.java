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
    StabilityConfig defaults = MonitorConfig.DEFAULT.stability();
    Section finite = monitor.section("nonFinite");
    Section spike = monitor.section("lossSpike");
    Optional<NonFinite> nonFinite = nonFinite(finite, defaults.nonFinite());
    Optional<LossSpike> lossSpike = lossSpike(spike, defaults.lossSpike());
    Optional<MonitorConfig> config =
        monitor.build(
            () ->
                new MonitorConfig(
                    new StabilityConfig(
                        nonFinite.orElse(defaults.nonFinite()),
                        lossSpike.orElse(defaults.lossSpike()),
                        monitor.get(
                            "stableAfter",
                            Kind.count(0),
                            defaults.stableAfter(),
                            "steps without an alarm that make a checkpoint stable"),
                        monitor.get(
                            "learningRateScale",
                            Kind.SHARE,
                            defaults.learningRateScale(),
                            "factor on the learning rate at each rollback but the first"),
                        monitor.get(
                            "maxRollbacks",
                            Kind.count(0),
                            defaults.maxRollbacks(),
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

  private static Optional<NonFinite> nonFinite(Section rule, NonFinite defaults) {
    Optional<NonFinite> config =
        rule.build(
            () ->
                new NonFinite(
                    rule.get(
                        "enabled",
                        Kind.FLAG,
                        defaults.enabled(),
                        "act on losses and gradients that are not finite")));
    rule.done();
    return config;
  }

  private static Optional<LossSpike> lossSpike(Section rule, LossSpike defaults) {
    Optional<LossSpike> config =
        rule.build(
            () ->
                new LossSpike(
                    rule.get("enabled", Kind.FLAG, defaults.enabled(), "act on loss spikes"),
                    rule.get(
                        "window",
                        Kind.count(2),
                        defaults.window(),
                        "losses the median is taken over"),
                    rule.get(
                        "warmUp",
                        Kind.count(2),
                        defaults.warmUp(),
                        "losses needed to say anything"),
                    rule.get(
                        "alertSigma",
                        Kind.POSITIVE,
                        defaults.alertSigma(),
                        "deviations above the median that make an alarm"),
                    rule.get(
                        "actSigma",
                        Kind.POSITIVE,
                        defaults.actSigma(),
                        "deviations above the median that make a hit"),
                    rule.get(
                        "hits",
                        Kind.count(1),
                        defaults.hits(),
                        "hits in a row that ask for a rollback"),
                    rule.get(
                        "sigmaFloorShare",
                        Kind.NOT_NEGATIVE,
                        defaults.sigmaFloorShare(),
                        "smallest deviation, as a share of the median"),
                    rule.get(
                        "sigmaFloor",
                        Kind.POSITIVE,
                        defaults.sigmaFloor(),
                        "smallest deviation, in nats")));
    rule.done();
    return config;
  }
}
