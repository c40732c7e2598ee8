package dev.rivulet.schemas.broker;

import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A JUnit extension that passes {@link KafkaCluster} parameters to tests. All tests of a JVM share
 * one real broker. Each test class has its own topics, under a unique prefix, all created.
 *
 * <pre>{@code
 * @ExtendWith(BrokerFixture.class)
 * class TrainerIT {
 *   @Test
 *   void shouldTrain(KafkaCluster cluster) { ... }
 * }
 * }</pre>
 *
 * <p>A test that needs its own prefix calls {@link #withOwnTopics}.
 */
public final class BrokerFixture implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(BrokerFixture.class);

  /** The broker of this JVM; JUnit closes it after the last test. */
  private record SharedBroker(BrokerCluster broker, Path directory) implements AutoCloseable {
    static SharedBroker start() {
      try {
        Path directory = Files.createTempDirectory("rivulet-broker");
        return new SharedBroker(BrokerCluster.start(directory, 1), directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      broker.close();
      Utils.delete(directory.toFile());
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == KafkaCluster.class;
  }

  @Override
  public KafkaCluster resolveParameter(ParameterContext parameter, ExtensionContext context) {
    SharedBroker shared =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent("broker", key -> SharedBroker.start(), SharedBroker.class);
    String test = context.getRequiredTestClass().getSimpleName();
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            context.getRequiredTestClass(),
            key -> withOwnTopics(shared.broker().cluster(""), test),
            KafkaCluster.class);
  }

  /**
   * Returns the same Kafka with new, empty topics, under a unique prefix that starts with a name.
   */
  public static KafkaCluster withOwnTopics(KafkaCluster cluster, String name) {
    KafkaCluster own = withoutTopics(cluster, name);
    try (Admin admin = own.admin()) {
      own.createMissingTopics(admin);
    }
    return own;
  }

  /** Returns the same Kafka with a unique prefix and without topics. */
  public static KafkaCluster withoutTopics(KafkaCluster cluster, String name) {
    return new KafkaCluster(
        cluster.bootstrapServers(),
        cluster.settings(),
        name + "-" + UUID.randomUUID().toString().substring(0, 8) + ".");
  }
}
