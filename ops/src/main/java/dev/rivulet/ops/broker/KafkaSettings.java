package dev.rivulet.ops.broker;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which Kafka a program uses.
 *
 * @param address HOST:PORT of a real cluster; when empty, a broker is embedded
 * @param clientSettings properties file passed to every client, such as SASL and TLS settings
 * @param prefix put before every topic name
 * @param port port of the embedded broker; 0 for any free one
 */
public record KafkaSettings(
    Optional<String> address, Optional<Path> clientSettings, String prefix, int port) {
  public static final KafkaSettings DEFAULT =
      new KafkaSettings(Optional.empty(), Optional.empty(), "rivulet.", 0);
}
