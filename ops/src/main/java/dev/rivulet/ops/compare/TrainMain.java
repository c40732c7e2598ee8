package dev.rivulet.ops.compare;

import dev.rivulet.ops.cli.ExitCode;
import dev.rivulet.ops.cli.Main;
import java.util.concurrent.CompletableFuture;

/** The program of a training process: a command of Rivulet that ends when its parent does. */
final class TrainMain {
  private TrainMain() {}

  /** Runs a command, and ends the process with its exit code. */
  public static void main(String[] args) {
    // Where the parent is killed its broker is gone as well, and the trainer would wait for it.
    ProcessHandle.current().parent().ifPresent(TrainMain::endWith);
    Main.main(args);
  }

  private static void endWith(ProcessHandle parent) {
    CompletableFuture<Void> unused = parent.onExit().thenRun(() -> System.exit(ExitCode.FAILED));
  }
}
