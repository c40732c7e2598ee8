package dev.rivulet.trainer.fault;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A trainer that is killed with {@code kill -9} and restarted ends with the bits of a run without a
 * fault. The broker and the rank monitor are real, and keep running.
 *
 * <p>By default, each point is tested with one method. With {@code -Drivulet.fault.all=true} each
 * point is tested with every method, with two kills in a row.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(BrokerFixture.class)
@Tag("fault")
class KillIT {
  private static final boolean ALL = Boolean.getBoolean("rivulet.fault.all");
  private static final int DRAWS = ALL ? 20 : 1;

  private final KafkaCluster shared;
  private final Path directory;
  private final Map<FaultRun, KillBench> benches = new EnumMap<>(FaultRun.class);

  KillIT(KafkaCluster shared, @TempDir Path directory) {
    this.shared = shared;
    this.directory = directory;
  }

  @AfterAll
  void closeBenches() {
    benches.values().forEach(KillBench::close);
  }

  static Stream<Arguments> cases() {
    return Arrays.stream(FaultRun.values())
        .flatMap(
            method ->
                (ALL ? KillCase.all(method) : KillCase.some(method))
                    .stream().map(points -> arguments(method, points)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldEndWithTheSameBitsWhenKilledAt(FaultRun method, KillCase points) throws Exception {
    KillBench bench = bench(method);
    for (KillPoint point : points.points()) {
      bench.killAt(point, points.run());
    }
    bench.finish(points.run(), "killed at " + points);
  }

  static Stream<Arguments> draws() {
    return Arrays.stream(FaultRun.values())
        .flatMap(method -> IntStream.range(0, DRAWS).mapToObj(seed -> arguments(method, seed)));
  }

  @ParameterizedTest
  @MethodSource("draws")
  void shouldEndWithTheSameBitsWhenKilledAtARandomTime(FaultRun method, int seed) throws Exception {
    KillBench bench = bench(method);
    String run = bench.killAfter(new Random(seed)::nextDouble, "random-" + seed);
    bench.finish(run, "killed at a random time, seed " + seed);
  }

  private KillBench bench(FaultRun method) throws IOException, InterruptedException {
    if (!benches.containsKey(method)) {
      Path own = Files.createDirectories(directory.resolve(method.name()));
      benches.put(method, new KillBench(method, shared, own));
    }
    return benches.get(method);
  }
}
