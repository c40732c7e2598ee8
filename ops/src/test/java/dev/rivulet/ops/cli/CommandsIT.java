package dev.rivulet.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class CommandsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KafkaCluster cluster;

  CommandsIT(KafkaCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void shouldNameMissingTopicsAndTheCommandThatCreatesThem(@TempDir Path folder)
      throws IOException {
    Path samples = write(folder, 1, 0);
    KafkaCluster bare = BrokerFixture.withoutTopics(cluster, "bare");

    Invocation early =
        Invocation.of(
            "ingest",
            samples.toString(),
            "--kafka",
            bare.bootstrapServers(),
            "--prefix",
            bare.prefix());

    assertThat(early.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(early.err())
        .contains(
            "lacks the topics %s, %s,"
                .formatted(bare.name(Topics.SAMPLES), bare.name(Topics.DEAD_LETTERS)))
        .contains(
            "`rivulet topics --create --kafka %s --prefix %s`"
                .formatted(bare.bootstrapServers(), bare.prefix()));

    String[] create = {
      "topics", "--json", "--kafka", bare.bootstrapServers(), "--prefix", bare.prefix()
    };
    assertThat(Invocation.of(create).lines()).allMatch(line -> line.contains("\"exists\":\"no\""));
    List<String> withCreate = new ArrayList<>(List.of(create));
    withCreate.add("--create");
    assertThat(Invocation.of(withCreate.toArray(String[]::new)).lines())
        .hasSameSizeAs(Topics.all())
        .allMatch(line -> line.contains("\"exists\":\"yes\""));
  }

  @Test
  void shouldCountSamplesAndRejectsAndShowBoth(@TempDir Path folder) throws IOException {
    KafkaCluster own = BrokerFixture.withOwnTopics(cluster, "ingest");
    Path file = write(folder, 1000, 7);

    Invocation ingest = invoke(own, "ingest", file.toString(), "--source", "reviews");

    assertThat(ingest.exit()).isEqualTo(ExitCode.REJECTED);
    assertThat(ingest.out())
        .isEqualToIgnoringNewLines(
            "1000 samples, 7 rejected (see topic %s)".formatted(own.name(Topics.DEAD_LETTERS)));
    assertThat(invoke(own, "topics", "cat", "samples").lines()).hasSize(1000);
    List<String> rejected = invoke(own, "topics", "cat", own.name(Topics.DEAD_LETTERS)).lines();
    assertThat(rejected).hasSize(7);
    JsonNode first = JSON.readTree(rejected.get(0));
    assertThat(first.path("value").asText()).isEqualTo("{\"text\": broken 0");
    assertThat(first.at("/headers/line").asText()).isEqualTo("1001");
    assertThat(first.at("/headers/file").asText()).isEqualTo(file.toString());
    assertThat(first.at("/headers/reason").asText()).startsWith("not JSON");
  }

  @Test
  void shouldPrintRecordsAsJsonUpToTheLimit(@TempDir Path folder) throws IOException {
    KafkaCluster own = BrokerFixture.withOwnTopics(cluster, "cat");
    assertThat(invoke(own, "ingest", write(folder, 10, 0).toString()).exit())
        .isEqualTo(ExitCode.OK);

    List<String> lines = invoke(own, "topics", "cat", "samples", "--limit", "3").lines();

    assertThat(lines).hasSize(3);
    JsonNode third = JSON.readTree(lines.get(2));
    assertThat(third.path("topic").asText()).isEqualTo(own.name(Topics.SAMPLES));
    assertThat(third.path("key").asText()).isEqualTo("default/samples.jsonl:3");
    assertThat(third.at("/value/text").asText()).isEqualTo("sample 2");
    assertThat(third.at("/value/label").asText()).isEqualTo("no");
    assertThat(third.at("/value/split").isNull()).isTrue();
  }

  @Test
  void shouldListNoRunsWhereThereAreNone() {
    KafkaCluster own = BrokerFixture.withOwnTopics(cluster, "runs");

    assertThat(invoke(own, "runs").out()).startsWith("run  method");
    assertThat(invoke(own, "runs", "--json").out()).isEmpty();
  }

  private static Invocation invoke(KafkaCluster cluster, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--kafka", cluster.bootstrapServers(), "--prefix", cluster.prefix()));
    return Invocation.of(all.toArray(String[]::new));
  }

  private static Path write(Path folder, int good, int bad) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < good; i++) {
      lines.add(
          "{\"text\":\"sample %d\",\"label\":\"%s\"}".formatted(i, i % 2 == 0 ? "no" : "yes"));
    }
    for (int i = 0; i < bad; i++) {
      lines.add("{\"text\": broken " + i);
    }
    return Files.write(folder.resolve("samples.jsonl"), lines);
  }
}
