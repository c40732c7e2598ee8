package dev.rivulet.rankmonitor.topology;

import dev.rivulet.rankmonitor.stability.StabilityConfig;
import dev.rivulet.rankmonitor.stability.StabilityWatch;
import dev.rivulet.rankmonitor.state.RefreshProgress;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunPartitioner;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The monitor's two streams: {@code spectrum} to {@code ranks}, and {@code steps} to {@code
 * control}.
 *
 * <p>Each is one processor that writes its stores and forwards its decisions, so that under
 * exactly-once processing both happen or neither. All records of a run lie in one partition, and
 * their answers too.
 */
public final class MonitorTopology {
  private MonitorTopology() {}

  /**
   * Returns the topology.
   *
   * @param cluster names the topics
   */
  public static Topology of(StabilityConfig stability, KafkaCluster cluster) {
    Topology topology = new Topology();
    source(topology, cluster, Topics.SPECTRUM);
    topology.addProcessor("refresh-gatherer", RefreshGatherer::new, Topics.SPECTRUM.name());
    topology.addStateStore(
        store(RefreshGatherer.PROGRESS, AvroCodec.of(RefreshProgress.class)), "refresh-gatherer");
    topology.addStateStore(
        store(RefreshGatherer.SPECTRA, Topics.SPECTRUM.codec()), "refresh-gatherer");
    sink(topology, cluster, Topics.RANKS, "refresh-gatherer");

    StabilityWatch watch = new StabilityWatch(stability);
    source(topology, cluster, Topics.STEPS);
    topology.addProcessor("step-watcher", () -> new StepWatcher(watch), Topics.STEPS.name());
    topology.addStateStore(store(StepWatcher.RUNS, AvroCodec.of(RunState.class)), "step-watcher");
    sink(topology, cluster, Topics.CONTROL, "step-watcher");
    return topology;
  }

  private static <T> void source(Topology topology, KafkaCluster cluster, Topic<T> topic) {
    topology.addSource(
        topic.name(),
        Serdes.String().deserializer(),
        topic.codec().serde().deserializer(),
        cluster.name(topic));
  }

  private static <T> void sink(
      Topology topology, KafkaCluster cluster, Topic<T> topic, String processor) {
    StreamPartitioner<String, T> byRun =
        (name, key, value, partitions) ->
            Optional.of(Set.of(RunPartitioner.partition(key, partitions)));
    topology.addSink(
        topic.name(),
        cluster.name(topic),
        Serdes.String().serializer(),
        topic.codec().serde().serializer(),
        byRun,
        processor);
  }

  private static <T> StoreBuilder<KeyValueStore<String, T>> store(String name, AvroCodec<T> codec) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.String(), codec.serde())
        .withCachingEnabled();
  }
}
