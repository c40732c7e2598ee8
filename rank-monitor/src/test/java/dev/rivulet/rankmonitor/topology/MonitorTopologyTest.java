package dev.rivulet.rankmonitor.topology;

import static dev.rivulet.schemas.policy.Spectra.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.Steps;
import dev.rivulet.rankmonitor.stability.StabilityConfig;
import dev.rivulet.schemas.policy.RankAllocation;
import dev.rivulet.schemas.policy.Spectra;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorTopologyTest {
  private static final KafkaCluster CLUSTER = new KafkaCluster("localhost:1", Map.of(), "rivulet.");
  private static final double[] SIGMA = {8, 4, 2, 1};

  private TopologyTestDriver driver;
  private TestInputTopic<String, Spectrum> spectra;
  private TestInputTopic<String, Step> steps;
  private TestOutputTopic<String, RankDecision> ranks;
  private TestOutputTopic<String, Command> control;

  @BeforeEach
  void open(@TempDir Path directory) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, UndecodableRecords.class);
    driver =
        new TopologyTestDriver(
            MonitorTopology.of(StabilityConfig.DEFAULT, CLUSTER), settings, Instant.EPOCH);
    spectra = input(Topics.SPECTRUM);
    steps = input(Topics.STEPS);
    ranks = output(Topics.RANKS);
    control = output(Topics.CONTROL);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private <T> TestInputTopic<String, T> input(Topic<T> topic) {
    return driver.createInputTopic(
        CLUSTER.name(topic), new StringSerializer(), topic.codec().serde().serializer());
  }

  private <T> TestOutputTopic<String, T> output(Topic<T> topic) {
    return driver.createOutputTopic(
        CLUSTER.name(topic), new StringDeserializer(), topic.codec().serde().deserializer());
  }

  private void send(Spectrum... records) {
    for (Spectrum spectrum : records) {
      spectra.pipeInput(RunKey.of(spectrum.getRun(), spectrum.getLayer()), spectrum);
    }
  }

  private void send(Step step) {
    steps.pipeInput(step.getRun(), step);
  }

  @Test
  void shouldAnswerARefreshWhenItsLastLayerArrives() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 3);
    send(refresh.layer("c", SIGMA), refresh.layer("a", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
    send(refresh.layer("b", SIGMA));

    List<KeyValue<String, RankDecision>> answers = ranks.readKeyValuesToList();
    assertThat(answers).extracting(answer -> answer.key).containsExactly("run/a", "run/b", "run/c");
    assertThat(answers)
        .extracting(answer -> answer.value)
        .isEqualTo(
            RankAllocation.decide(
                List.of(
                    refresh.layer("a", SIGMA),
                    refresh.layer("b", SIGMA),
                    refresh.layer("c", SIGMA))));
    assertThat(driver.getKeyValueStore(RefreshGatherer.SPECTRA).all().hasNext()).isFalse();
  }

  @Test
  void shouldReplaceTheSpectrumOfALayerThatArrivesTwice() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 2);
    send(refresh.layer("a", 1, 1, 1, 1, 1, 1), refresh.layer("a", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
    send(refresh.layer("b", SIGMA));
    assertThat(ranks.readValuesToList())
        .isEqualTo(
            RankAllocation.decide(List.of(refresh.layer("a", SIGMA), refresh.layer("b", SIGMA))));
  }

  @Test
  void shouldAnswerARefreshOnce() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 1);
    send(refresh.layer("a", SIGMA), refresh.layer("a", SIGMA));
    assertThat(ranks.readValuesToList()).hasSize(1);
  }

  @Test
  void shouldDropAnIncompleteRefreshWhenANewerOneArrives() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 2);
    send(refresh.layer("a", SIGMA));
    send(refresh.at(0, 1).layer("a", SIGMA), refresh.at(0, 1).layer("b", SIGMA));
    assertThat(ranks.readValuesToList())
        .hasSize(2)
        .allSatisfy(decision -> assertThat(decision.getRefresh()).isEqualTo(1));
    send(refresh.layer("b", SIGMA), refresh.layer("a", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
  }

  @Test
  void shouldIgnoreSpectraOfOlderEpochs() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 2);
    send(refresh.at(2, 0).layer("a", SIGMA));
    send(refresh.at(1, 5).layer("a", SIGMA), refresh.at(1, 5).layer("b", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
    send(refresh.at(2, 0).layer("b", SIGMA));
    assertThat(ranks.readValuesToList())
        .hasSize(2)
        .allSatisfy(decision -> assertThat(decision.getEpoch()).isEqualTo(2));
  }

  @Test
  void shouldKeepRunsApart() {
    Spectra refresh = Spectra.of(Spectra.POLICY, 2);
    send(refresh.layer("a", SIGMA), refresh.ofRun("run-2").layer("b", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
    send(refresh.ofRun("run-2").layer("a", SIGMA));
    assertThat(ranks.readKeyValuesToList())
        .extracting(answer -> answer.key)
        .containsExactly("run-2/a", "run-2/b");
    for (long step = 1; step < 5; step++) {
      send(Steps.RUN.step(step, 1));
      send(Steps.RUN.ofRun("run-2").step(step, Double.NaN));
    }
    assertThat(control.readKeyValuesToList())
        .extracting(answer -> answer.key)
        .containsExactly("run-2");
  }

  @Test
  void shouldSkipUndecodableAndInvalidRecords() {
    TestInputTopic<String, byte[]> raw =
        driver.createInputTopic(
            CLUSTER.name(Topics.SPECTRUM), new StringSerializer(), new ByteArraySerializer());
    Spectra refresh = Spectra.of(Spectra.POLICY, 2);
    send(refresh.layer("a", SIGMA));
    raw.pipeInput("run/b", "not a spectrum".getBytes(StandardCharsets.UTF_8));
    raw.pipeInput("run/b", null);
    send(Spectra.of(policy(2, 1, 8, 0, null), 2).layer("b", SIGMA));
    assertThat(ranks.isEmpty()).isTrue();
    send(refresh.layer("b", SIGMA));
    assertThat(ranks.readValuesToList()).hasSize(2);
  }

  @Test
  void shouldRollBackToLastStableCheckpointWithTheTimeOfTheStep() {
    for (long step = 1; step < 90; step++) {
      send(Steps.RUN.step(step, 0.7));
    }
    send(Steps.RUN.step(90, Double.NaN));
    send(Steps.RUN.step(91, Double.NaN));
    List<Command> commands = control.readValuesToList();
    assertThat(commands).hasSize(1);
    assertThat(commands.get(0).getAction()).isEqualTo(Action.ROLLBACK);
    assertThat(commands.get(0).getCheckpoint()).isEqualTo("0-000050");
    assertThat(commands.get(0).getTimestamp()).isEqualTo(Instant.ofEpochSecond(1_000_090));
  }

  @Test
  void shouldDecideTheSameWhenTheLogIsReplayed(@TempDir Path fresh) {
    List<Command> first = decideOnATroubledRun();
    List<RankDecision> firstRanks = ranks.readValuesToList();
    close();
    open(fresh);
    assertThat(decideOnATroubledRun()).isEqualTo(first).hasSize(3);
    assertThat(ranks.readValuesToList()).isEqualTo(firstRanks).hasSize(8);
  }

  private List<Command> decideOnATroubledRun() {
    for (int epoch = 0; epoch < 4; epoch++) {
      Steps run = Steps.RUN.inEpoch(epoch);
      Spectra refresh = Spectra.of(policy(0.9, 1, 8, 0.2, 500L), 2).at(epoch, epoch).after(3);
      send(refresh.layer("b", SIGMA), refresh.layer("a", SIGMA));
      for (long step = 1 + 40L * epoch; step < 120; step++) {
        send(run.step(step, epoch < 3 && step > 100 ? (epoch == 1 ? Double.NaN : 9) : 0.7));
      }
    }
    return control.readValuesToList();
  }
}
