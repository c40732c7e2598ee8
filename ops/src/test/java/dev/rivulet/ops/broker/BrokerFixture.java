package dev.rivulet.ops.broker;

import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A JUnit extension that hands {@link KafkaCluster} parameters to tests: one real broker for the
 * whole test JVM, with topics of its own (by a unique prefix, and all created) for each test class.
 *
 * <pre>{@code
 * @ExtendWith(BrokerFixture.class)
 * class TrainerIT {
 *   @Test
 *   void shouldTrain(KafkaCluster cluster) { ... }
 * }
 * }</pre>
 *
 * <p>A test that needs a prefix to itself calls {@link #withOwnTopics}.
 */
public final class BrokerFixture implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(BrokerFixture.class);

  /** The broker of this JVM; JUnit closes it after the last test. */
  private record SharedBroker(EmbeddedBroker broker, Path dir) implements AutoCloseable {
    static SharedBroker start() {
      try {
        Path dir = Files.createTempDirectory("rivulet-broker");
        return new SharedBroker(EmbeddedBroker.start(dir, 0), dir);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() throws IOException {
      broker.close();
      Utils.delete(dir.toFile());
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
            key ->
                withOwnTopics(
                    new KafkaCluster(shared.broker().bootstrapServers(), Map.of(), ""), test),
            KafkaCluster.class);
  }

  /** Returns the same Kafka with new, empty topics whose names begin with a name and a number. */
  public static KafkaCluster withOwnTopics(KafkaCluster cluster, String name) {
    KafkaCluster own = withoutTopics(cluster, name);
    try (Admin admin = own.admin()) {
      own.createMissingTopics(admin);
    }
    return own;
  }

  /** Returns the same Kafka with a prefix that no topic has. */
  public static KafkaCluster withoutTopics(KafkaCluster cluster, String name) {
    return new KafkaCluster(
        cluster.bootstrapServers(),
        cluster.settings(),
        name + "-" + UUID.randomUUID().toString().substring(0, 8) + ".");
  }
}
