package dev.rivulet.ops.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * What a run of the command line came to.
 *
 * @param exit its exit code
 * @param out what it printed as its result
 * @param err what it told a person
 */
public record Invocation(int exit, String out, String err) {
  public static Invocation of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Invocation(exit, out.toString(), err.toString());
  }

  public List<String> lines() {
    return out.lines().toList();
  }
}
