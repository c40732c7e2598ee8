package dev.rivulet.ops.cli;

import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code config} command: lists the keys of a configuration, or checks a file. */
@Command(name = "config", description = "List the keys of a configuration, or check one.")
final class ConfigCommand implements Callable<Integer> {
  @Mixin OutputOptions output;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Check this file instead, and report every error in it.")
  @Nullable Path file;

  @Override
  public Integer call() {
    if (file != null) {
      RunConfig.load(file);
      return ExitCode.OK;
    }
    List<List<?>> rows = new ArrayList<>();
    RunConfig.keys()
        .forEach(
            key -> rows.add(List.of(key.name(), key.fallback(), key.allowed(), key.purpose())));
    output.table(List.of("key", "default", "allowed", "purpose"), rows);
    return ExitCode.OK;
  }
}
