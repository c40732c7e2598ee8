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
 * A run of a demo, carried out: all roles in this process, its progress on the error stream, the
 * status page, and a report at the end.
 *
 * @param command how to go on with the run, should it be stopped
 * @param home where the rank monitor keeps its state
 * @param err the error stream
 * @param terminal whether that is a terminal
 */
record DemoPipeline(
    String command, Path home, PageOptions page, PrintWriter err, boolean terminal) {

  /** Tells of a run that is over. */
  @FunctionalInterface
  interface Report {
    void tell(String statusUrl);
  }

  /** Carries the run out, and keeps the page up as the options say. */
  void run(RunConfig config, KafkaAccess access, Report report) throws InterruptedException {
    KafkaCluster cluster = access.cluster();
    List<Role> roles =
        List.of(
            Role.monitor(cluster, config.monitor(), home.resolve("monitor")),
            Role.packer(cluster, config.packer()),
            Role.trainer(cluster, config.trainer(), access.room()));
    try (Pipeline pipeline = new Pipeline(roles);
        StatusServer status = StatusServer.start(cluster, page.address(), pipeline.probes())) {
      tell("watch it at " + status.url());
      pipeline.start();
      String run = config.trainer().run();
      try (ProgressDisplay progress = new ProgressDisplay(cluster, run, err, terminal)) {
        progress.start();
        pipeline.await(Role.TRAINER);
        pipeline.await(Role.PACKER);
      } catch (InterruptedException e) {
        tell("stopped: '%s' goes on from the newest checkpoint".formatted(command));
        throw e;
      }
      report.tell(status.url());
      if (!page.noWait) {
        tell("the page stays at %s until Ctrl-C".formatted(status.url()));
        pipeline.awaitInterrupt();
      }
    }
  }

  private void tell(String line) {
    err.println(line);
    err.flush();
  }
}
