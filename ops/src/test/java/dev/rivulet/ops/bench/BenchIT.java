package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark as a user runs it, on a small model. */
class BenchIT {
  @Test
  void measuresEveryContenderAndDrawsThem(@TempDir Path model, @TempDir Path folder)
      throws Exception {
    Path png = folder.resolve("chart.png");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "bench",
            "--model",
            SmallLlama.write(model).toString(),
            "--quick",
            "--device",
            "cpu",
            "--batch",
            "2",
            "--rank",
            "4",
            "--steps",
            "3",
            "--threads",
            "1",
            "--json",
            "--png",
            png.toString());

    assertThat(exit).as(err::toString).isEqualTo(ExitCode.OK);
    List<String> lines = out.toString().lines().toList();
    JsonNode report = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(report.path("device").asText()).isEqualTo("cpu()");
    assertThat(report.path("threads").asInt()).isEqualTo(1);
    assertThat(report.path("length").asInt()).isEqualTo(64);
    assertThat(report.at("/gemmGflops/fp32").asDouble()).isPositive();
    assertThat(report.at("/gemmGflops/bf16").asDouble()).isPositive();
    assertThat(report.path("refreshShare").isNumber()).isTrue();
    assertThat(report.path("pipelineRatio").asDouble()).isPositive();
    JsonNode methods = report.path("methods");
    assertThat(methods.findValuesAsText("name"))
        .containsExactly(
            "adamw", "adarankgrad", "adarankgrad", "adarankgrad", "loqt", "lora", "lozo");
    assertThat(methods.findValuesAsText("memory"))
        .containsExactly("fast", "fast", "lean", "lean", "fast", "fast", "fast");
    assertThat(methods.findValuesAsText("base"))
        .containsExactly("fp32", "fp32", "fp32", "nf4", "nf4", "fp32", "fp32");
    for (JsonNode method : methods) {
      for (String key :
          List.of("secondsPerStep", "tokensPerSecond", "ratioToAdamw", "shareOfCeiling")) {
        assertThat(method.path(key).asDouble()).as(key).isPositive();
      }
      assertThat(method.path("estimatedBytes").asLong()).isPositive();
      if (ResidentMemory.isKnown()) {
        assertThat(method.path("peakBytes").asLong()).isPositive();
      }
    }
    assertThat(methods.at("/0/ratioToAdamw").asDouble()).isEqualTo(1);
    assertThat(ImageIO.read(png.toFile())).isNotNull();
    assertThat(err.toString()).contains("memory: adarankgrad fp32 lean, base nf4", "wrote " + png);
  }
}
