package dev.rivulet.ops.broker;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The choice of a program's Kafka.
 *
 * @param address HOST:PORT of a real cluster; empty for an embedded broker
 * @param clientSettings properties file for every client, such as SASL and TLS settings
 * @param prefix of every topic name
 * @param port of the embedded broker; 0 for any free port
 */
public record KafkaSettings(
    Optional<String> address, Optional<Path> clientSettings, String prefix, int port) {
  public static final KafkaSettings DEFAULT =
      new KafkaSettings(Optional.empty(), Optional.empty(), "rivulet.", 0);
}
