package dev.rivulet.ops.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class KafkaAccessIT {

  @Test
  void shouldEmbedBrokerWithTopicsAndLetOthersJoinIt(@TempDir Path home) {
    try (KafkaAccess first = KafkaAccess.open(KafkaSettings.DEFAULT, home)) {
      try (KafkaAccess second = KafkaAccess.open(KafkaSettings.DEFAULT, home)) {
        assertThat(second.cluster()).isEqualTo(first.cluster());
        assertThat(second.room()).isEqualTo(first.room());
        assertThat(second.room().shortfall(0)).isEmpty();
      }
      try (Admin admin = first.cluster().admin()) {
        assertThat(first.cluster().missingTopics(admin)).isEmpty();
      }
      assertThatThrownBy(() -> KafkaAccess.openAlone(KafkaSettings.DEFAULT, home))
          .isInstanceOf(DirectoryInUseException.class)
          .hasMessageStartingWith("another rivulet process uses " + home.resolve("kafka"));
    }
  }

  @Test
  void shouldPassClientSettingsThroughUntouched(KafkaCluster cluster, @TempDir Path folder)
      throws Exception {
    Path properties =
        Files.writeString(
            folder.resolve("client.properties"), "client.rack=r1\nrequest.timeout.ms = 9000\n");
    try (KafkaAccess access =
        KafkaAccess.open(settings(cluster.bootstrapServers(), Optional.of(properties)), folder)) {
      assertThat(access.cluster().settings())
          .containsEntry("client.rack", "r1")
          .containsEntry("request.timeout.ms", "9000")
          .hasSize(2);
    }
  }

  @Test
  void shouldSayThatNoKafkaAnswers(@TempDir Path folder) {
    assertThatThrownBy(() -> KafkaAccess.open(settings("127.0.0.1:1", Optional.empty()), folder))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith("no Kafka broker answers at 127.0.0.1:1");
  }

  @Test
  void shouldNameUnreadableClientSettings(@TempDir Path folder) {
    Path none = folder.resolve("none.properties");
    assertThatThrownBy(() -> KafkaAccess.open(settings("127.0.0.1:1", Optional.of(none)), folder))
        .isInstanceOf(UsageException.class)
        .hasMessage(none + ": no such file or folder");
  }

  private static KafkaSettings settings(String address, Optional<Path> clientSettings) {
    return new KafkaSettings(Optional.of(address), clientSettings, "t.", 0);
  }
}
