package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Versions of a model that is larger than the heap. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class BoundedMemoryIT {
  @TempDir private Path directory;

  @Test
  void shouldFoldAVersionWithLessMemoryThanTheModelHas(KafkaCluster cluster) throws Exception {
    WideModel.write(directory);
    WideModel.publish(cluster, "wide", directory, "BF16");

    Process process =
        TestJvm.of(
                RebuildProcess.class,
                List.of("-Xmx72m"),
                List.of(
                    cluster.bootstrapServers(),
                    cluster.prefix(),
                    "wide",
                    directory.toString(),
                    directory.resolve("cache").toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();

    String expected = RebuildProcess.version(cluster, "wide", directory);
    assertThat(output.lines()).last().isEqualTo(expected + " " + expected);
  }
}
