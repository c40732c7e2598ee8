package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.failure.UsageException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka cluster as the parts of the pipeline reach it: an address, the user's client settings,
 * and the prefix of the topic names.
 *
 * <p>The settings may hold secrets, so {@link #toString} leaves them out. Clients made here are the
 * caller's to close.
 *
 * @param bootstrapServers HOST:PORT, comma-separated
 * @param settings client settings, passed through to every client untouched
 * @param prefix put before every topic name, such as {@code rivulet.}
 */
public record KafkaCluster(String bootstrapServers, Map<String, String> settings, String prefix) {

  public KafkaCluster {
    settings = Map.copyOf(settings);
  }

  /** Returns the full name of a topic. */
  public String name(Topic<?> topic) {
    return prefix + topic.name();
  }

  /** Returns the settings that every client starts from: the user's, and the address. */
  public Map<String, Object> clientSettings(String clientId) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    all.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    return all;
  }

  /** Returns a new admin client. */
  public Admin admin() {
    return Admin.create(clientSettings("rivulet-admin"));
  }

  /**
   * Returns a new idempotent producer that waits for all replicas.
   *
   * @param transactionalId makes it transactional, when given; the caller inits the transactions
   */
  public KafkaProducer<String, byte[]> producer(String clientId, @Nullable String transactionalId) {
    return producer(clientId, transactionalId, Map.of());
  }

  /**
   * Returns {@link #producer(String, String)} with some defaults, which give way to the user's
   * settings.
   */
  public KafkaProducer<String, byte[]> producer(
      String clientId, @Nullable String transactionalId, Map<String, Object> defaults) {
    Map<String, Object> all = new HashMap<>();
    all.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    all.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    all.putAll(defaults);
    all.putAll(clientSettings(clientId));
    all.put(ProducerConfig.ACKS_CONFIG, "all");
    all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    all.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, RunPartitioner.class);
    if (transactionalId != null) {
      all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    }
    return new KafkaProducer<>(all, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * Returns a new consumer that sees committed records only, has no group, commits nothing, and
   * fails rather than jump when its position is gone. The caller assigns and seeks.
   */
  public KafkaConsumer<String, byte[]> consumer(String clientId) {
    return consumer(clientId, Map.of());
  }

  /** Returns {@link #consumer(String)} with some settings changed, such as a group. */
  public KafkaConsumer<String, byte[]> consumer(String clientId, Map<String, Object> changes) {
    Map<String, Object> all = new HashMap<>();
    all.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
    all.putAll(clientSettings(clientId));
    all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    all.putAll(changes);
    return new KafkaConsumer<>(all, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Returns the record that carries a value to its topic, with its hash where the topic has one.
   */
  public <T> ProducerRecord<String, byte[]> record(Topic<T> topic, String key, T value) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(name(topic), key, topic.codec().encode(value));
    if (topic.hashed()) {
      record.headers().add(RecordHash.of(record.value()));
    }
    return record;
  }

  /**
   * Returns the topics of the catalogue that the cluster lacks.
   *
   * @throws KafkaException when the cluster does not answer
   */
  public List<Topic<?>> missingTopics(Admin admin) {
    Set<String> there = await(() -> admin.listTopics().names().get());
    return Topics.all().stream().filter(topic -> !there.contains(name(topic))).toList();
  }

  /**
   * Creates the topics that the cluster lacks, with the broker's default replication, waits until
   * it lists them, and returns them.
   *
   * @throws KafkaException when the cluster does not answer or refuses
   */
  public List<Topic<?>> createMissingTopics(Admin admin) {
    List<Topic<?>> missing = missingTopics(admin);
    for (Topic<?> topic : missing) {
      NewTopic request =
          new NewTopic(name(topic), Optional.of(topic.partitions()), Optional.empty())
              .configs(topic.retention().settings());
      try {
        await(() -> admin.createTopics(List.of(request)).all().get());
      } catch (TopicExistsException e) {
        // Another process was faster: the topic is there, which is all that was asked.
      }
    }
    awaitTopics(admin);
    return missing;
  }

  /** Waits for the broker that answers to hear of topics that the controller has made. */
  private void awaitTopics(Admin admin) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!missingTopics(admin).isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("%s: new topics are not listed after 30 s".formatted(this));
      }
      Utils.sleep(20);
    }
  }

  /**
   * Checks that every topic of the catalogue is there.
   *
   * @throws UsageException when some are missing: the message names them and the command that
   *     creates them
   */
  public void requireTopics(Admin admin) {
    List<Topic<?>> missing = missingTopics(admin);
    if (!missing.isEmpty()) {
      throw new UsageException(
          "Kafka at %s lacks the topics %s: create them with `rivulet topics --create --kafka %s%s`"
              .formatted(
                  bootstrapServers,
                  String.join(", ", missing.stream().map(this::name).toList()),
                  bootstrapServers,
                  prefix.isEmpty() ? "" : " --prefix " + prefix));
    }
  }

  @Override
  public String toString() {
    return "Kafka at " + bootstrapServers + ", topics " + prefix + "*";
  }

  private interface KafkaCall<R> {
    R call() throws ExecutionException, InterruptedException;
  }

  private static <R> R await(KafkaCall<R> call) {
    try {
      return call.call();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KafkaException cause) {
        throw cause;
      }
      throw new KafkaException(e.getCause());
    }
  }
}
