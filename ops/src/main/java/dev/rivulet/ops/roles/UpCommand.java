package dev.rivulet.ops.roles;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.status.StatusConfig;
import dev.rivulet.ops.status.StatusServer;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code up} command: all roles of a run in one process. */
@Command(
    name = "up",
    description = "Pack, train, monitor and serve the status page of a run in one process.",
    footer = {
      "'rivulet ingest' or any other producer writes the samples to Kafka.",
      "After a crash and a restart the run resumes from its newest checkpoint."
    })
public final class UpCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin RunOptions run;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of the status page, 0 for any; overrides the configuration.")
  @Nullable Integer port;

  @Option(
      names = "--no-wait",
      negatable = false,
      description = "End when the run ends; otherwise the status page stays until Ctrl-C.")
  boolean noWait;

  @Override
  public Integer call() throws InterruptedException {
    RunConfig config = run.config();
    try (KafkaAccess access = run.kafka.openAlone(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      List<Role> roles =
          List.of(
              Role.monitor(cluster, config.monitor(), run.kafka.home().resolve("monitor")),
              Role.packer(cluster, config.packer()),
              Role.trainer(cluster, config.trainer(), access.room()));
      try (Pipeline pipeline = new Pipeline(roles);
          StatusServer status = StatusServer.start(cluster, address(config), pipeline.probes())) {
        pipeline.start();
        report("run %s: %s".formatted(config.trainer().run(), status.url()));
        pipeline.await(Role.TRAINER);
        report("the run is finished; 'rivulet runs' shows its result");
        if (!noWait) {
          report("the page stays at %s until Ctrl-C".formatted(status.url()));
          pipeline.awaitInterrupt();
        }
      }
    }
    return ExitCode.OK;
  }

  private StatusConfig address(RunConfig config) {
    return port == null ? config.status() : new StatusConfig(config.status().host(), port);
  }

  private void report(String line) {
    spec.commandLine().getErr().println(line);
  }
}
