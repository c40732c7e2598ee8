package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.config.Variants;
import dev.rivulet.ops.config.Variants.Variant;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.demo.DemoRun;
import dev.rivulet.ops.demo.PretrainRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
  @TempDir Path folder;

  private final StringWriter err = new StringWriter();

  @Test
  void compare_askedWrongly_refused() {
    assertThat(run("--methods", "adamw")).isEqualTo(ExitCode.USAGE);
    assertThat(run("--demo", "-c", "run.yaml")).isEqualTo(ExitCode.USAGE);
    assertThat(run("-c", "run.yaml")).isEqualTo(ExitCode.USAGE);
    assertThat(run("-c", "run.yaml", "--methods", "adamw", "--steps", "0"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(run("-c", "run.yaml", "--methods", "adamw", "--limit", "500"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(run("--demo", "--input", "a.jsonl")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            "rivulet: give --methods, --variants or both",
            "rivulet: --steps 0: use 1 or more",
            "rivulet: --limit 500: use 200 or more, with --demo",
            "rivulet: --input: --demo has its own samples");
  }

  @Test
  void compare_savedReport_isDrawnWithoutTraining() {
    String saved = Path.of("..", "docs", "results", "compare.json").toString();

    assertThat(run("--from", saved, "--output", folder.toString())).isEqualTo(ExitCode.OK);
    assertThat(folder.resolve("compare.png")).isNotEmptyFile();
  }

  @Test
  void compare_savedReportWithoutOutput_refused() {
    assertThat(run("--from", "report.json")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("rivulet: --from: add --output DIR for the chart");
  }

  @Test
  void compare_invalidConfiguration_reportsAllMistakesAndStartsNothing() throws IOException {
    Path file = Files.writeString(folder.resolve("run.yaml"), "run: a\nmodel: {path: none}\n");

    assertThat(
            run(
                "-c",
                file.toString(),
                "--methods",
                "adamw,sgd",
                "--home",
                folder.resolve("home").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            file + ": ",
            "all variants: train.steps is missing",
            "variant sgd: train.method: \"sgd\" must be one of");
    assertThat(folder.resolve("home")).doesNotExist();
  }

  @Test
  void demo_variants_areValidOnItsConfiguration() throws IOException {
    Path model = Files.createDirectories(folder.resolve("model"));
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.createFile(model.resolve(file));
    }
    Path data = Files.writeString(folder.resolve("data.jsonl"), "{\"split\":\"train\"}\n");
    DemoRun base =
        DemoRun.named(folder, "pairs", new DemoRun.Request("adarankgrad", 600, 200), model, data);

    List<Variant> variants = variants(base, DemoComparison.Demo.ACCEPTABILITY);

    assertThat(variants)
        .extracting(Variant::name)
        .containsExactly(
            "adamw", "adarankgrad", "adarankgrad-99", "galore", "nf4-adarankgrad", "loqt", "lora");
    assertThat(variants.get(0).config().trainer().optimization().learningRate().peak())
        .isEqualTo(5e-5);
    assertThat(variants)
        .allSatisfy(variant -> assertThat(variant.config().packer().source()).isEqualTo("pairs"));
  }

  @Test
  void demoPretrain_variants_areValidOnItsConfiguration() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(
        data.resolve("reviews.jsonl"),
        """
        {"text": "a film that is good and long"}
        {"text": "a film that is bad and short"}
        {"text": "no film at all"}
        """);
    DemoRun base = PretrainRun.named(folder, "texts", 40, 3, line -> {});

    List<Variant> variants = variants(base, DemoComparison.Demo.PRETRAIN);

    assertThat(variants).extracting(Variant::name).containsExactly("adamw", "adarankgrad", "loqt");
    assertThat(variants)
        .allSatisfy(variant -> assertThat(variant.config().packer().source()).isEqualTo("texts"));
  }

  private List<Variant> variants(DemoRun base, DemoComparison.Demo demo) throws IOException {
    Path overlays = folder.resolve(demo + ".yaml");
    try (InputStream in = getClass().getResourceAsStream("/compare/" + demo + ".yaml")) {
      Files.copy(Objects.requireNonNull(in), overlays);
    }
    return Variants.load(
            base.config(),
            Optional.of(overlays),
            new Variants.Request(List.of(), List.of(0L), null, true))
        .all();
  }

  private int run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("compare"));
    arguments.addAll(List.of(options));
    return Main.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        arguments.toArray(String[]::new));
  }
}
