package dev.rivulet.ops.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.bench.SmallLlama;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks of a BERT and of a LLaMA, both of two blocks, from texts of numbers. */
class PredictCommandTest {
  private static final int WORDS = 40;
  private static final int BLOCKS = 2;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private final Path folder;

  PredictCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void files() throws IOException {
    tokenizer(SmallBert.write(folder.resolve("bert")));
    Files.writeString(folder.resolve("run.yaml"), run("labels: [low, high]", ""));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      lines.add(
          "{\"text\": \"%s\", \"label\": \"%s\"}".formatted(text(i), i % 2 == 0 ? "low" : "high"));
    }
    Files.write(folder.resolve("labelled.jsonl"), lines);
    Files.writeString(folder.resolve("plain.csv"), "text\n%s\n%s\n".formatted(text(3), text(5)));
  }

  @Test
  void predict_textsWithoutLabels_writesThePatternThatLoraReads() throws IOException {
    Path png = folder.resolve("ranks.png");
    assertThat(predict("plain.csv", "--rank", "6", "--chart", png.toString()))
        .isEqualTo(ExitCode.OK);

    assertThat(out.toString().lines().toList())
        .hasSize(1 + 6 * BLOCKS + 1)
        .first()
        .asString()
        .matches("layer +kind +disagreement +share +rank");
    assertThat(out.toString()).endsWith("mean rank 6.00, 5,376 parameters in factors\n");
    assertThat(err.toString())
        .contains("32 samples asked for, and there are 2")
        .contains("name it as lora.rankPattern");
    assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(900);

    LoraConfig lora = configured();
    assertThat(lora.rankPattern()).hasSize(6 * BLOCKS);
    assertThat(sumOf(lora, "attention.self.query")).isEqualTo(6 * BLOCKS);
    assertThat(sumOf(lora, "intermediate.dense")).isEqualTo(6 * BLOCKS);
    assertThat(lora.meanRank()).isEqualTo(6);
  }

  @Test
  void predict_json_isTheSameAgainAndEndsWithOneObject() throws IOException {
    assertThat(predict("labelled.jsonl", "--score", "both", "--json", "--samples", "20"))
        .isEqualTo(ExitCode.OK);
    String first = out.toString();
    out.getBuffer().setLength(0);
    assertThat(predict("labelled.jsonl", "--score", "both", "--json", "--samples", "20"))
        .isEqualTo(ExitCode.OK);

    assertThat(out.toString()).isEqualTo(first);
    JsonNode json = lastLine();
    assertThat(json.path("samples").asInt()).isEqualTo(20);
    assertThat(json.path("score").asText()).isEqualTo("both");
    assertThat(json.path("allocation").asText()).isEqualTo("largest-remainder");
    assertThat(json.path("rank").asInt()).isEqualTo(8);
    assertThat(json.path("layers")).hasSize(6 * BLOCKS);
    for (JsonNode layer : json.path("layers")) {
      assertThat(layer.path("disagreement").asDouble()).isPositive();
      assertThat(layer.path("gradient").asDouble()).isPositive();
      assertThat(layer.path("rank").asInt())
          .isEqualTo(configured().rankPattern().get(layer.path("layer").asText()));
    }
  }

  /** A rank of a 32 x 64 layer costs 96 parameters, of a 32 x 32 layer 64. */
  @Test
  void predict_parameters_spendsOneBudgetOnAllKinds() throws IOException {
    assertThat(
            predict(
                "labelled.jsonl", "--score", "gradient", "--allocation", "parameters", "--json"))
        .isEqualTo(ExitCode.OK);

    JsonNode json = lastLine();
    int budget = 8 * BLOCKS * (4 * 64 + 2 * 96);
    assertThat(json.path("parameters").asInt()).isBetween(budget - 95, budget);
    Map<String, Integer> byKind = new HashMap<>();
    double shares = 0;
    for (JsonNode layer : json.path("layers")) {
      byKind.merge(layer.path("kind").asText(), layer.path("rank").asInt(), Integer::sum);
      shares += layer.path("share").asDouble();
      assertThat(layer.path("disagreement").isNull()).isTrue();
    }
    assertThat(byKind.values()).as("kinds share the budget").anyMatch(sum -> sum != 8 * BLOCKS);
    assertThat(shares).isBetween(1 - 1e-9, 1 + 1e-9);
  }

  @Test
  void predict_floorOfASmallRank_givesEveryLayerOneAndSaysSo() {
    assertThat(predict("plain.csv", "--rank", "1", "--allocation", "floor", "--repeats", "1"))
        .isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .containsPattern("\\d+ layers would have rank 0 by --allocation floor; they get 1");
  }

  @Test
  void predict_runWithTargets_onlyTheseCount() throws IOException {
    Files.writeString(
        folder.resolve("run.yaml"),
        run("labels: [low, high]", "lora: {rank: 3, targets: [attention.query]}"));
    assertThat(predict("plain.csv", "--json")).isEqualTo(ExitCode.OK);

    assertThat(lastLine().path("layers")).hasSize(BLOCKS);
    assertThat(lastLine().path("rank").asInt()).isEqualTo(3);
  }

  @Test
  void predict_languageModel_goesByTheLogitsOfItsTargets() throws IOException {
    Path llama = Files.createDirectories(folder.resolve("llama"));
    SmallLlama.write(llama);
    tokenizer(llama);
    Files.writeString(
        folder.resolve("run.yaml"),
        run("", "data: {task: causal-lm, maxLength: 16}").replace("path: bert", "path: llama"));
    assertThat(predict("plain.csv", "--score", "both", "--repeats", "1", "--json"))
        .isEqualTo(ExitCode.OK);

    assertThat(lastLine().path("layers")).hasSize(7 * BLOCKS);
    assertThat(lastLine().path("layers").path(0).path("layer").asText())
        .isEqualTo("model.layers.0.self_attn.q_proj");
  }

  @Test
  void predict_gradientOfTextsWithoutLabels_refusedBeforeTheModelIsLoaded() {
    assertThat(predict("plain.csv", "--score", "gradient")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            "2 of 2 samples have none of the labels [low, high], which --score gradient needs");
    assertThat(folder.resolve("rank_pattern.json")).doesNotExist();
  }

  @Test
  void predict_filesWithoutSamples_refusedWithTheReason() throws IOException {
    Files.writeString(folder.resolve("broken.jsonl"), "{\"txt\": \"a\"}\n");
    assertThat(predict("broken.jsonl")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("1 lines hold no sample; ", "line 1: field 'text' is missing")
        .contains("rivulet: no sample in [");
  }

  @Test
  void predict_optionsThatMakeNoSense_refused() {
    assertThat(predict("plain.csv", "--rank", "0")).isEqualTo(ExitCode.USAGE);
    assertThat(predict("plain.csv", "--noise", "-1")).isEqualTo(ExitCode.USAGE);
    assertThat(predict("plain.csv", "--chart", folder.resolve("no/where.png").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--rank 0: use 1 or more")
        .contains("--noise -1.0: use a number above 0")
        .contains("where.png: its folder cannot be written");
  }

  private int predict(String texts, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "ranks",
                "predict",
                "-c",
                folder.resolve("run.yaml").toString(),
                "--texts",
                folder.resolve(texts).toString(),
                "--output",
                folder.resolve("rank_pattern.json").toString()));
    arguments.addAll(List.of(options));
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
  }

  private JsonNode lastLine() throws IOException {
    List<String> lines = out.toString().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  /** Returns LoRA as a run with the pattern that was written has it. */
  private LoraConfig configured() throws IOException {
    Path file = folder.resolve("patterned.yaml");
    Files.writeString(file, run("labels: [low, high]", "lora: {rankPattern: rank_pattern.json}"));
    return (LoraConfig) RunConfig.load(file).trainer().method();
  }

  private static int sumOf(LoraConfig lora, String module) {
    return lora.rankPattern().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(module))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private static String run(String labels, String more) {
    return """
    run: ranked
    model:
      path: bert
      %s
    train: {steps: 10, method: lora}
    engine: {threads: 1, device: cpu}
    %s
    """
        .formatted(labels, more);
  }

  private static String text(int key) {
    return IntStream.range(0, 5 + key % 4)
        .mapToObj(i -> Integer.toString((7 * key + 3 * i) % WORDS))
        .collect(Collectors.joining(" "));
  }

  /** Writes a tokenizer that gives each number one token. */
  private static void tokenizer(Path directory) throws IOException {
    String vocabulary =
        IntStream.range(0, WORDS)
            .mapToObj(number -> "\"%d\":%d".formatted(number, number))
            .collect(Collectors.joining(","));
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"version":"1.0","truncation":null,"padding":null,"normalizer":null,
         "added_tokens":[{"id":%d,"content":"<|endoftext|>","special":true,"single_word":false,
                          "lstrip":false,"rstrip":false,"normalized":false}],
         "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{%s,"[UNK]":%d}}}
        """
            .formatted(WORDS + 1, vocabulary, WORDS));
  }
}
