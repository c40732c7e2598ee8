package dev.rivulet.ops.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Invocation;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EstimateCommandTest {
  @TempDir Path folder;
  private Path config;

  @BeforeEach
  void write() throws IOException {
    Path model = SmallBert.write(folder);
    if (!Files.exists(model.resolve("tokenizer.json"))) {
      Files.writeString(model.resolve("tokenizer.json"), "{}");
    }
    config =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            run: small
            model: {path: '%s', labels: [low, high]}
            data: {maxLength: 16}
            train: {steps: 5, method: lora}
            lora: {rank: 3}
            """
                .formatted(model));
  }

  @Test
  void estimate_aRun_tellsOfEveryMethodOnEveryBaseItCanHave() throws IOException {
    Invocation estimate = Invocation.of("estimate", "-c", config.toString(), "--json");

    assertThat(estimate.exit()).as(estimate.err()).isEqualTo(ExitCode.OK);
    List<JsonNode> rows = estimate.lines().stream().map(EstimateCommandTest::json).toList();
    assertThat(rows)
        .filteredOn(row -> row.path("memory").asText().equals("lean"))
        .extracting(row -> row.path("method").asText() + " " + row.path("base").asText())
        .containsExactly(
            "adamw fp32",
            "adarankgrad fp32",
            "adarankgrad bf16",
            "adarankgrad nf4",
            "adarankgrad nf4-dq",
            "loqt nf4",
            "loqt nf4-dq",
            "lora fp32",
            "lora bf16",
            "lora nf4",
            "lora nf4-dq",
            "lozo fp32",
            "lozo bf16",
            "lozo nf4",
            "lozo nf4-dq",
            "probe fp32",
            "probe bf16",
            "probe nf4",
            "probe nf4-dq");
    assertThat(rows).allMatch(row -> row.path("peak").asLong() > row.path("weights").asLong());
    assertThat(rows).allMatch(row -> row.path("measured").isNull());
  }

  @Test
  void estimate_theRunsOwnMethod_hasItsSettings() throws IOException {
    long rank3 = factors();
    Files.writeString(config, Files.readString(config).replace("rank: 3", "rank: 6"));
    assertThat(factors()).isEqualTo(2 * rank3);
  }

  private long factors() {
    return Invocation.of("estimate", "-c", config.toString(), "--json").lines().stream()
        .map(EstimateCommandTest::json)
        .filter(row -> row.path("method").asText().equals("lora"))
        .mapToLong(row -> row.path("factors").asLong())
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }
}
