package dev.rivulet.trainer.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jboss.byteman.agent.Main;

/** The fault of a child process: the Byteman agent and its rules. */
public final class Trap {
  private Trap() {}

  /**
   * Returns the options of a Java VM with the agent.
   *
   * @param script file for the rules
   */
  public static List<String> options(Path script, List<Rule> rules) throws IOException {
    StringBuilder text = new StringBuilder();
    int number = 0;
    for (Rule rule : rules) {
      text.append(rule.script("rule " + number++)).append('\n');
    }
    Files.writeString(script, text);
    return List.of("-javaagent:%s=script:%s".formatted(agent(), script));
  }

  private static Path agent() {
    return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().getPath());
  }
}
