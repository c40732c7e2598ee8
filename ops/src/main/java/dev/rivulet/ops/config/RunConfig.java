package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.status.StatusConfig;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.config.TrainerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The configuration of a run, as one YAML file holds it: a part for each role.
 *
 * <p>Relative paths start from the folder of the file. {@link #keys} lists every key with its
 * default.
 *
 * @param kafka which Kafka the roles share
 * @param packer how samples become batches
 * @param trainer how the model is trained
 * @param monitor what the rank monitor watches
 * @param status where the status page is served
 */
public record RunConfig(
    KafkaSettings kafka,
    PackerConfig packer,
    TrainerConfig trainer,
    MonitorConfig monitor,
    StatusConfig status) {

  /**
   * Reads a configuration file.
   *
   * @throws ConfigException when the file has mistakes; the message lists all of them
   * @throws UsageException when the file cannot be read
   */
  public static RunConfig load(Path path) {
    ConfigFile file = ConfigFile.read(path);
    Problems problems = new Problems(file.tree().places());
    Optional<RunConfig> config = bind(file.root(), folder(path), problems);
    problems.throwIfAny(path);
    return config.orElseThrow();
  }

  /** Returns every key that a configuration file may hold, in the order of the sections. */
  public static List<Key> keys() {
    Problems problems = new Problems(Map.of());
    bind(JsonNodeFactory.instance.objectNode(), Path.of(""), problems);
    Map<String, List<Key>> sections =
        problems.keys().stream()
            .collect(Collectors.groupingBy(Key::section, LinkedHashMap::new, Collectors.toList()));
    return sections.values().stream().flatMap(List::stream).toList();
  }

  /**
   * Reads a mapping. When its parts contradict each other, records the problems and returns
   * nothing.
   *
   * @param folder where relative paths start from
   */
  static Optional<RunConfig> bind(ObjectNode tree, Path folder, Problems problems) {
    Section root = new Section("", tree, problems);
    String run = root.need("run", Kind.NAME, "run", "name of the run");
    KafkaSettings kafka = kafka(root.section("kafka"), folder);
    ModelDirectory model = ModelDirectory.read(root.section("model"), folder);
    Section data = root.section("data");
    Section train = root.section("train");
    String stream = data.get("stream", Kind.NAME, run, "name of the stream of batches");
    long seed = train.get("seed", Kind.whole(Long.MIN_VALUE), 0L, "seed of all that is random");
    Optional<PackerConfig> packer = DataSection.read(data, stream, model, seed);
    Optional<TrainerConfig> trainer =
        TrainSection.read(root, train, run, model, stream, seed, folder);
    Optional<MonitorConfig> monitor = MonitorSection.read(root.section("monitor"));
    StatusConfig status = status(root.section("status"));
    root.done();
    return packer.isPresent() && trainer.isPresent() && monitor.isPresent()
        ? Optional.of(new RunConfig(kafka, packer.get(), trainer.get(), monitor.get(), status))
        : Optional.empty();
  }

  private static KafkaSettings kafka(Section section, Path folder) {
    KafkaSettings defaults = KafkaSettings.DEFAULT;
    KafkaSettings kafka =
        new KafkaSettings(
            section.find("address", Kind.TEXT, "HOST:PORT of a cluster; absent: a broker within"),
            section.find("clientSettings", Kind.path(folder), "properties file for every client"),
            section.get("prefix", Kind.TEXT, defaults.prefix(), "what topic names begin with"),
            section.get("port", Kind.PORT, defaults.port(), "port of the broker within; 0: any"));
    section.done();
    return kafka;
  }

  private static StatusConfig status(Section section) {
    StatusConfig defaults = StatusConfig.DEFAULT;
    StatusConfig status =
        new StatusConfig(
            section.get("host", Kind.TEXT, defaults.host(), "interface that the page is served on"),
            section.get("port", Kind.PORT, defaults.port(), "port of the page; 0: any"));
    section.done();
    return status;
  }

  /** Returns the folder that relative paths in a file start from. */
  static Path folder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of("") : folder;
  }
}
