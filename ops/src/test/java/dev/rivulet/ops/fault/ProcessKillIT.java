package dev.rivulet.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.broker.EmbeddedBroker;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.fault.KillPoint;
import dev.rivulet.trainer.fault.MonitorProcess;
import dev.rivulet.trainer.fault.Rule;
import dev.rivulet.trainer.fault.RunFingerprint;
import dev.rivulet.trainer.fault.Signal;
import dev.rivulet.trainer.fault.StepLine;
import dev.rivulet.trainer.fault.Trap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code rivulet up}, all roles and the broker in one process, killed again and again: while a
 * checkpoint is under way, and while the monitor has half of a refresh.
 */
@Tag("fault")
@Timeout(300)
class ProcessKillIT {
  @TempDir Path directory;

  @Test
  void shouldEndWithTheSameBitsWhenEverythingIsKilledAtOnceAndAgain() throws Exception {
    ToyHome toy = ToyHome.create(directory);
    Path untouched = copy(toy.home(), directory.resolve("untouched"));
    for (List<Rule> rules :
        List.of(KillPoint.COMMIT.rules(Signal.KILL), List.of(MonitorProcess.IN_A_REFRESH))) {
      Process all = up(toy, toy.home(), rules);
      assertThat(all.waitFor()).as(this::said).isEqualTo(Signal.KILLED);
    }
    assertThat(up(toy, toy.home(), List.of()).waitFor()).as(this::said).isZero();
    assertThat(up(toy, untouched, List.of()).waitFor()).as(this::said).isZero();

    assertThat(fingerprint(toy.home())).isEqualTo(fingerprint(untouched));
  }

  private Process up(ToyHome toy, Path home, List<Rule> rules) throws IOException {
    List<String> options = new ArrayList<>(List.of("-Xmx512m"));
    options.addAll(Trap.options(directory.resolve("rules.btm"), rules));
    List<String> arguments =
        List.of(
            "up",
            "-c",
            toy.config().toString(),
            "--home",
            home.toString(),
            "--port",
            "0",
            "--no-wait");
    return TestJvm.of(Main.class, options, arguments)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("up.out").toFile())
        .start();
  }

  private Map<String, String> fingerprint(Path home) {
    try (EmbeddedBroker broker = EmbeddedBroker.start(home.resolve("kafka"), 0)) {
      KafkaCluster cluster = new KafkaCluster(broker.bootstrapServers(), Map.of(), "rivulet.");
      assertThat(StepLine.read(cluster, ToyHome.RUN).offsets())
          .isEqualTo(LongStream.range(0, 40).boxed().toList());
      return RunFingerprint.of(cluster, ToyHome.RUN).parts();
    }
  }

  private String said() {
    try {
      return Files.readString(directory.resolve("up.out"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
    return to;
  }
}
