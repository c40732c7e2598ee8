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
 * Trainers in processes of their own, one at a time, to be killed.
 *
 * @param directory for their messages
 * @param model the model's directory
 */
record TrainerChild(KafkaCluster cluster, Path directory, Path model) {
  private static final String AT_WORK = "The trainer is at work.";

  /** Says when the run's log is open, which is when the trainer begins. */
  private static final Rule SAYS_WHEN_AT_WORK =
      Rule.trainer("log.RunLog", "<init>", "AT EXIT")
          .then("System.out.println(\"" + AT_WORK + "\")");

  /** Trains: bootstrap servers, prefix, method, run, model. */
  public static void main(String[] args) {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    System.out.println(FaultRun.valueOf(args[2]).train(cluster, args[3], Path.of(args[4])));
  }

  /**
   * Starts a trainer.
   *
   * @param rules of what befalls it
   */
  Process start(FaultRun method, String run, List<Rule> rules) throws IOException {
    List<Rule> all = new ArrayList<>(rules);
    all.add(SAYS_WHEN_AT_WORK);
    List<String> options = new ArrayList<>(List.of("-Xmx256m"));
    options.addAll(Trap.options(directory.resolve("rules.btm"), all));
    List<String> arguments =
        List.of(cluster.bootstrapServers(), cluster.prefix(), method.name(), run, model.toString());
    return TestJvm.of(TrainerChild.class, options, arguments)
        .redirectErrorStream(true)
        .redirectOutput(messages().toFile())
        .start();
  }

  /** Waits until a trainer is at work, or has ended. */
  void awaitWork(Process trainer) {
    Eventually.await(
        "the trainer is at work", () -> !trainer.isAlive() || said().contains(AT_WORK));
  }

  /** Returns what the newest trainer has said. */
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
