package dev.rivulet.trainer.fault;

import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A trainer in its own process, so that a test can kill it; one at a time.
 *
 * @param directory of its output
 * @param model the model's directory
 */
record TrainerChild(KafkaCluster cluster, Path directory, Path model) {
  private static final String STARTED = "The trainer has started.";

  /** Prints a line when the run's log is open, which is when the training starts. */
  private static final Rule REPORTS_START =
      Rule.trainer("log.RunLog", "<init>", "AT EXIT")
          .then("System.out.println(\"" + STARTED + "\")");

  /** Trains: bootstrap servers, prefix, method, run, model. */
  public static void main(String[] args) {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    System.out.println(FaultRun.valueOf(args[2]).train(cluster, args[3], Path.of(args[4])));
  }

  /**
   * Starts a trainer.
   *
   * @param rules of its faults
   */
  Process start(FaultRun method, String run, List<Rule> rules) throws IOException {
    List<Rule> all = new ArrayList<>(rules);
    all.add(REPORTS_START);
    List<String> options = new ArrayList<>(List.of("-Xmx256m"));
    options.addAll(Trap.options(directory.resolve("rules.btm"), all));
    List<String> arguments =
        List.of(cluster.bootstrapServers(), cluster.prefix(), method.name(), run, model.toString());
    return TestJvm.of(TrainerChild.class, options, arguments)
        .redirectErrorStream(true)
        .redirectOutput(messages().toFile())
        .start();
  }

  /** Waits until a trainer has started or ended. */
  void awaitWork(Process trainer) {
    Eventually.await(
        "the trainer has started", () -> !trainer.isAlive() || said().contains(STARTED));
  }

  /** Returns the output of the newest trainer. */
  String said() {
    try {
      return Files.readString(messages());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path messages() {
    return directory.resolve("child.out");
  }
}
