package dev.rivulet.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A home folder with samples that can be learned, beside a model, its tokenizer and the
 * configuration of a run: the label of a text is whether its first word is in the upper half.
 *
 * @param home what {@code --home} gets
 * @param config what {@code -c} gets
 */
record ToyHome(Path home, Path config) {
  static final String RUN = "toy";
  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");
  private static final int WORDS = SmallBert.VOCABULARY - SPECIAL.size() - 1;
  private static final int SAMPLES = 400;

  /** Makes one, and writes its samples into the log. */
  static ToyHome create(Path directory) throws IOException {
    Path model = SmallBert.write(directory.resolve("model"));
    Files.writeString(model.resolve("tokenizer.json"), tokenizer());
    Path samples = Files.write(directory.resolve("toy.jsonl"), samples());
    Path config = Files.writeString(directory.resolve("run.yaml"), config(model));
    ToyHome toy = new ToyHome(directory.resolve("home"), config);
    StringWriter out = new StringWriter();
    PrintWriter printer = new PrintWriter(out, true);
    int exit =
        Main.run(
            printer,
            printer,
            "ingest",
            samples.toString(),
            "--source",
            RUN,
            "--home",
            toy.home().toString());
    assertThat(exit).as(out::toString).isEqualTo(ExitCode.OK);
    return toy;
  }

  private static List<String> samples() {
    Random random = new Random(1);
    List<String> lines = new ArrayList<>();
    for (int sample = 0; sample < SAMPLES; sample++) {
      int[] words = IntStream.range(0, 6).map(i -> random.nextInt(WORDS)).toArray();
      String text =
          IntStream.of(words).mapToObj(word -> "w" + word).collect(Collectors.joining(" "));
      String label = words[0] < WORDS / 2 ? "low" : "high";
      lines.add("{\"text\": \"%s\", \"label\": \"%s\"}".formatted(text, label));
    }
    return lines;
  }

  private static String config(Path model) {
    return """
    run: %s
    model: {path: '%s', labels: [low, high]}
    data: {source: %s, batchSize: 8, maxLength: 16, epochs: 2}
    train: {method: adarankgrad, steps: 40, learningRate: 2e-3, evaluateEvery: 20, checkpointEvery: 5}
    adarankgrad: {energyShare: 0.8, maxRank: 12, scale: 2, refreshEvery: 6}
    engine: {threads: 1, precision: fp32}
    """
        .formatted(RUN, model, RUN);
  }

  private static String tokenizer() {
    List<String> tokens = new ArrayList<>(SPECIAL);
    IntStream.range(0, WORDS).forEach(word -> tokens.add("w" + word));
    String vocabulary =
        IntStream.range(0, tokens.size())
            .mapToObj(id -> "\"%s\": %d".formatted(tokens.get(id), id))
            .collect(Collectors.joining(", "));
    String special =
        IntStream.range(0, SPECIAL.size())
            .mapToObj(
                id ->
                    """
                    {"id": %d, "content": "%s", "special": true, "single_word": false,
                     "lstrip": false, "rstrip": false, "normalized": false}\
                    """
                        .formatted(id, SPECIAL.get(id)))
            .collect(Collectors.joining(", "));
    return """
    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s],
     "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
     "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
     "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {%s}}}
    """
        .formatted(special, vocabulary);
  }
}
