package dev.rivulet.ops.cli;

import dev.rivulet.ops.bench.BenchCommand;
import dev.rivulet.ops.checkpoint.CheckpointsCommand;
import dev.rivulet.ops.checkpoint.RebaseCommand;
import dev.rivulet.ops.checkpoint.VerifyCommand;
import dev.rivulet.ops.compare.CompareCommand;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.control.ControlCommand;
import dev.rivulet.ops.control.RollbackCommand;
import dev.rivulet.ops.demo.DemoCommand;
import dev.rivulet.ops.estimate.EstimateCommand;
import dev.rivulet.ops.export.ExportCommand;
import dev.rivulet.ops.inference.EvalCommand;
import dev.rivulet.ops.inference.GenerateCommand;
import dev.rivulet.ops.ingest.IngestCommand;
import dev.rivulet.ops.ingest.TokenizerCommand;
import dev.rivulet.ops.model.ModelCommand;
import dev.rivulet.ops.ranks.RanksCommand;
import dev.rivulet.ops.roles.RoleCommand;
import dev.rivulet.ops.roles.StatusCommand;
import dev.rivulet.ops.roles.UpCommand;
import dev.rivulet.ops.runs.RunsCommand;
import dev.rivulet.ops.topics.TopicsCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Rivulet's command line. */
@Command(
    name = "rivulet",
    description = "Fine-tunes transformer models from Kafka streams.",
    subcommands = {
      UpCommand.class,
      DemoCommand.class,
      IngestCommand.class,
      RoleCommand.Pack.class,
      RoleCommand.Train.class,
      RoleCommand.Monitor.class,
      StatusCommand.class,
      RunsCommand.class,
      CheckpointsCommand.class,
      VerifyCommand.class,
      RollbackCommand.class,
      ControlCommand.class,
      EvalCommand.class,
      RebaseCommand.class,
      GenerateCommand.class,
      ExportCommand.class,
      TopicsCommand.class,
      ConfigCommand.class,
      EstimateCommand.class,
      BenchCommand.class,
      CompareCommand.class,
      ModelCommand.class,
      RanksCommand.class,
      TokenizerCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:failure during the work",
      "2:mistake in the options, the configuration, or the files they name",
      "3:success, but part of the input was rejected"
    })
public final class Main implements Runnable {
  private static final long CLEAN_UP_SECONDS = 60;

  @Spec CommandSpec spec;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  boolean stackTrace;

  @Option(
      names = "--end-with-parent",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "End the process when the process that started it ends.")
  void endWithParent(boolean wanted) {
    if (wanted) {
      ProcessHandle.current().parent().ifPresent(Main::endWith);
    }
  }

  private static void endWith(ProcessHandle parent) {
    CompletableFuture<Void> unused = parent.onExit().thenRun(() -> System.exit(ExitCode.FAILED));
  }

  private Main() {}

  /** The versions of the program and of Java. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "rivulet %s, Java %s"
            .formatted(version == null ? "(not packaged)" : version, Runtime.version())
      };
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command is given");
  }

  /** Runs one command and returns its {@linkplain ExitCode exit code}. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    return new CommandLine(main)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::usageError)
        .setExecutionExceptionHandler(new Failures(() -> main.stackTrace))
        .execute(args);
  }

  private static int usageError(ParameterException mistake, String[] args) {
    CommandLine command = mistake.getCommandLine();
    command.getErr().println("rivulet: " + mistake.getMessage());
    command
        .getErr()
        .printf("'%s --help' lists the options%n", command.getCommandSpec().qualifiedName(" "));
    return ExitCode.USAGE;
  }

  /**
   * Runs one command, and ends the process with its exit code. Ctrl-C interrupts the command, and
   * waits for it to clean up.
   */
  public static void main(String[] args) {
    Thread command = Thread.currentThread();
    CountDownLatch done = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupt(command, done), "interrupt"));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, args);
    done.countDown();
    System.exit(code);
  }

  private static void interrupt(Thread command, CountDownLatch done) {
    command.interrupt();
    try {
      if (!done.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
        System.err.printf(
            "rivulet: the command did not end within %d s after the interrupt; exiting%n",
            CLEAN_UP_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
