package dev.rivulet.ops.demo;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.report.ProgressDisplay;
import dev.rivulet.ops.status.StatusServer;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs a demo: all roles in this process, progress on the error stream, the status page, and a
 * report at the end.
 *
 * @param command the command that resumes the run after an interruption
 * @param home folder for the state of the rank monitor
 * @param err the error stream
 * @param terminal whether the error stream is a terminal
 */
record DemoPipeline(
    String command, Path home, PageOptions page, PrintWriter err, boolean terminal) {

  /** Prints the report on a finished run. */
  @FunctionalInterface
  interface Report {
    void print(String statusUrl);
  }

  /** Trains the run and then keeps the status page up, unless the options say otherwise. */
  void run(RunConfig config, KafkaAccess access, Report report) throws InterruptedException {
    KafkaCluster cluster = access.cluster();
    List<Role> roles =
        List.of(
            Role.monitor(cluster, config.monitor(), home.resolve("monitor")),
            Role.packer(cluster, config.packer()),
            Role.trainer(cluster, config.trainer(), access.room()));
    try (Pipeline pipeline = new Pipeline(roles);
        StatusServer status = StatusServer.start(cluster, page.address(), pipeline.probes())) {
      print("status page: " + status.url());
      pipeline.start();
      String run = config.trainer().run();
      try (ProgressDisplay progress = new ProgressDisplay(cluster, run, err, terminal)) {
        progress.start();
        pipeline.await(Role.TRAINER);
        pipeline.await(Role.PACKER);
      } catch (InterruptedException e) {
        print("stopped: '%s' resumes from the newest checkpoint".formatted(command));
        throw e;
      }
      report.print(status.url());
      if (!page.noWait) {
        print("the status page stays at %s until Ctrl-C".formatted(status.url()));
        pipeline.awaitInterrupt();
      }
    }
  }

  private void print(String line) {
    err.println(line);
    err.flush();
  }
}
