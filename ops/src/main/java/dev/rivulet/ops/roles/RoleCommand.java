package dev.rivulet.ops.roles;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command that runs one role of the pipeline until its work is done. */
public abstract class RoleCommand implements Callable<Integer> {
  @Mixin RunOptions run;

  /** The {@code pack} command. */
  @Command(
      name = "pack",
      description = "Turn samples into a stream of tokenized, shuffled batches.",
      footer = "Ends when the stream is closed. After a crash it resumes at the same batch.")
  public static final class Pack extends RoleCommand {
    @Override
    Role role(KafkaAccess access, RunConfig config, Path home) {
      return Role.packer(access.cluster(), config.packer());
    }
  }

  /** The {@code train} command. */
  @Command(
      name = "train",
      description = "Train on a stream of batches.",
      footer = "Ends after the last step. After a crash it resumes from its newest checkpoint.")
  public static final class Train extends RoleCommand {
    @Override
    Role role(KafkaAccess access, RunConfig config, Path home) {
      return Role.trainer(access.cluster(), config.trainer(), access.room());
    }
  }

  /** The {@code monitor} command. */
  @Command(
      name = "monitor",
      description = "Decide the ranks of all runs and monitor their stability.",
      footer = "Runs until it is interrupted.")
  public static final class Monitor extends RoleCommand {
    @Override
    Role role(KafkaAccess access, RunConfig config, Path home) {
      return Role.monitor(access.cluster(), config.monitor(), home.resolve("monitor"));
    }
  }

  abstract Role role(KafkaAccess access, RunConfig config, Path home);

  @Override
  public Integer call() throws InterruptedException {
    RunConfig config = run.config();
    try (KafkaAccess access = run.kafka.open(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      Role role = role(access, config, run.kafka.home());
      try (Pipeline pipeline = new Pipeline(List.of(role))) {
        pipeline.start();
        pipeline.await(role.name());
      }
    }
    return ExitCode.OK;
  }
}
