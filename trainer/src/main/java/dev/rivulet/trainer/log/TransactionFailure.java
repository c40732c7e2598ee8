package dev.rivulet.trainer.log;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What a failure of Kafka's producer means for a transaction. */
enum TransactionFailure {
  /** The producer is fenced: by another one with its id, or because a transaction took too long. */
  FENCED,
  /** The cluster refuses, and will refuse again. */
  PERMANENT,
  /** A later attempt may succeed. */
  TEMPORARY;

  private static final List<Class<? extends KafkaException>> FENCES =
      List.of(ProducerFencedException.class, InvalidProducerEpochException.class);

  private static final List<Class<? extends KafkaException>> REFUSALS =
      List.of(
          AuthenticationException.class,
          AuthorizationException.class,
          ConfigException.class,
          InvalidConfigurationException.class,
          InvalidTopicException.class,
          InvalidTxnTimeoutException.class,
          RecordTooLargeException.class,
          SerializationException.class,
          UnsupportedVersionException.class);

  /** Returns the meaning of a failure, by it and its causes. */
  static TransactionFailure of(Throwable failure) {
    if (has(failure, REFUSALS)) {
      return PERMANENT;
    }
    return has(failure, FENCES) ? FENCED : TEMPORARY;
  }

  private static boolean has(Throwable failure, List<Class<? extends KafkaException>> kinds) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .anyMatch(e -> kinds.stream().anyMatch(kind -> kind.isInstance(e)));
  }
}
