package dev.rivulet.ops.checkpoint;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.ops.console.Sizes;
import dev.rivulet.schemas.checkpoint.AuditFinding;
import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import dev.rivulet.schemas.checkpoint.AuditReport;
import dev.rivulet.schemas.checkpoint.ChainAudit;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.RunNames;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.Snapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code verify} command: audits the checkpoints of runs. */
@Command(
    name = "verify",
    description = {
      "Check all checkpoints of a run: every manifest, its place in the chain, and the SHA-256 of",
      "every tensor. The command checks the snapshots, too, and with -c the base model."
    },
    footer = {
      "Each finding is one line: what, where, and what to do. Records that retention has deleted",
      "are reported, but are not damage. Exit code 1 means that something is damaged."
    })
public final class VerifyCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Option(names = "--all", description = "Check all runs with checkpoints.")
  boolean all;

  @Override
  public Integer call() throws IOException {
    if (all && (choice.run != null || choice.file != null)) {
      throw new ParameterException(spec.commandLine(), "--all: use it without --run and -c");
    }
    Optional<RunConfig> config = choice.config();
    boolean sound = true;
    try (KafkaAccess access = choice.open(config)) {
      KafkaCluster cluster = access.cluster();
      Collection<String> runs =
          all ? RunNames.read(cluster) : List.of(choice.name(cluster, config));
      for (String run : runs) {
        List<String> outside = new ArrayList<>(baseFindings(cluster, run, config));
        Snapshots snapshots = Snapshots.read(cluster, run, outside::add);
        AuditReport report = audit(cluster, run, snapshots.sound());
        print(report, outside);
        sound &= report.isSound() && outside.isEmpty();
      }
    }
    return sound ? ExitCode.OK : ExitCode.FAILED;
  }

  private AuditReport audit(KafkaCluster cluster, String run, Set<String> snapshots) {
    if (!output.progress()) {
      return ChainAudit.of(cluster, run, snapshots, (done, of, bytes) -> {});
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(run)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return ChainAudit.of(
          cluster,
          run,
          snapshots,
          (done, of, bytes) -> {
            bar.maxHint(of);
            bar.stepTo(done);
            bar.setExtraMessage(Sizes.bytes(bytes));
          });
    }
  }

  /** Returns the errors of the base model of a configuration. */
  private static List<String> baseFindings(
      KafkaCluster cluster, String run, Optional<RunConfig> config) throws IOException {
    Optional<Manifest> first = CheckpointLog.read(cluster, run).first();
    if (config.isEmpty() || first.isEmpty()) {
      return List.of();
    }
    try (BaseModel base = BaseModel.open(config.get().trainer().model().path())) {
      String recorded = first.get().getBaseSha256();
      return base.sha256().equals(recorded)
          ? List.of()
          : List.of(
              "the base model in %s has SHA-256 %s, but the run started from %s: restore its files"
                  .formatted(base.directory(), base.sha256(), recorded));
    }
  }

  /**
   * Prints the findings.
   *
   * @param outside errors of files outside the log: base model, snapshots
   */
  private void print(AuditReport report, List<String> outside) {
    if (output.json()) {
      output.value(fields(report, outside));
      return;
    }
    report.findings().stream()
        .filter(finding -> finding.severity() == Severity.DAMAGE)
        .forEach(finding -> output.text(finding + "; " + advice(report, finding)));
    report.findings().stream()
        .filter(finding -> finding.severity() == Severity.EXPIRED)
        .collect(groupingBy(AuditFinding::checkpoint, LinkedHashMap::new, toList()))
        .values()
        .forEach(expired -> output.text(line(report, expired)));
    outside.forEach(output::text);
    output.text(
        "run %s: %d checkpoints, %,d tensors, %s read; %s"
            .formatted(
                report.run(),
                report.checkpoints(),
                report.tensors(),
                Sizes.bytes(report.bytes()),
                report.isSound() && outside.isEmpty() ? "sound" : "damaged"));
  }

  /** Returns one line for all expired records of a checkpoint. */
  private static String line(AuditReport report, List<AuditFinding> expired) {
    AuditFinding first = expired.get(0);
    String more = expired.size() == 1 ? "" : ", and %,d more".formatted(expired.size() - 1);
    return first + more + "; " + advice(report, first);
  }

  /** Returns what to do about a finding. */
  private static String advice(AuditReport report, AuditFinding finding) {
    if (finding.severity() == Severity.EXPIRED) {
      return "versions that need it are folded from a snapshot, or not at all: increase the topic's"
          + " retention";
    }
    return report
        .newest()
        .map(
            checkpoint ->
                "%1$s is the newest sound checkpoint: a trainer resumes from it by itself, a finished run after `rivulet rollback --to %1$s`"
                    .formatted(checkpoint))
        .orElse("no checkpoint of the run is sound: train it again under another name");
  }

  private static Map<String, @Nullable Object> fields(AuditReport report, List<String> outside) {
    List<Map<String, @Nullable Object>> findings = new ArrayList<>();
    for (AuditFinding finding : report.findings()) {
      CheckpointLog.Place where = finding.where();
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("severity", finding.severity().name());
      fields.put("checkpoint", finding.checkpoint());
      fields.put("what", finding.what());
      fields.put("topic", where == null ? null : where.topic());
      fields.put("partition", where == null ? null : where.partition());
      fields.put("offset", where == null ? null : where.offset());
      fields.put("advice", advice(report, finding));
      findings.add(fields);
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", report.run());
    fields.put("sound", report.isSound() && outside.isEmpty());
    fields.put("checkpoints", report.checkpoints());
    fields.put("tensors", report.tensors());
    fields.put("bytes", report.bytes());
    fields.put("newest", report.newest().orElse(null));
    fields.put("findings", findings);
    fields.put("outside", outside);
    return fields;
  }
}
