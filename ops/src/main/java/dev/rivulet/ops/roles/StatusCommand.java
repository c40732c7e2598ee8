package dev.rivulet.ops.roles;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.status.StatusConfig;
import dev.rivulet.ops.status.StatusServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code status} command: serves the page, the API and the metrics of all runs. */
@Command(
    name = "status",
    description = "Serve the status page, the API and the metrics of all runs.",
    footer = "Runs until it is interrupted.")
public final class StatusCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin ClusterOptions kafka;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Read the addresses of Kafka and of the page from this configuration.")
  @Nullable Path file;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Network interface. Default: 127.0.0.1")
  @Nullable String host;

  @Option(names = "--port", paramLabel = "PORT", description = "Port, 0 for any. Default: 8080")
  @Nullable Integer port;

  @Override
  public Integer call() throws InterruptedException {
    @Nullable RunConfig config = file == null ? null : RunConfig.load(file);
    StatusConfig defaults = config == null ? StatusConfig.DEFAULT : config.status();
    StatusConfig address =
        new StatusConfig(
            host == null ? defaults.host() : host, port == null ? defaults.port() : port);
    try (KafkaAccess access = kafka.open(config == null ? KafkaSettings.DEFAULT : config.kafka());
        StatusServer status = StatusServer.start(access.cluster(), address, Map.of())) {
      spec.commandLine().getErr().println(status.url());
      new CountDownLatch(1).await();
    }
    return ExitCode.OK;
  }
}
