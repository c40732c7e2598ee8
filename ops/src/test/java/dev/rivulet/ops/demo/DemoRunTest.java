package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoRunTest {
  @TempDir Path home;
  private Path model;
  private Path data;

  @BeforeEach
  void makeAssets() throws IOException {
    model = Files.createDirectories(home.resolve("it's a model"));
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.createFile(model.resolve(file));
    }
    List<String> lines =
        IntStream.range(0, 1000)
            .mapToObj(
                i -> "{\"text\":\"a b c\",\"split\":\"%s\"}".formatted(i < 100 ? "eval" : "train"))
            .toList();
    data = Files.write(home.resolve("data.jsonl"), lines);
  }

  @Test
  void create_runs_areNumberedOn() throws Exception {
    assertThat(DemoRun.newest(home)).isEmpty();
    assertThat(create(Set.of()).name()).isEqualTo("demo-1");
    assertThat(create(Set.of("demo-2", "demo-3")).name()).isEqualTo("demo-4");
    for (int number = 5; number <= 10; number++) {
      assertThat(create(Set.of()).name()).isEqualTo("demo-" + number);
    }
    assertThat(DemoRun.newest(home)).map(DemoRun::name).contains("demo-10");
  }

  @Test
  void create_adaRankGrad_isAValidConfiguration() throws Exception {
    DemoRun run = create(Set.of());
    RunConfig config = RunConfig.load(run.config());
    assertThat(config.trainer().run()).isEqualTo("demo-1");
    assertThat(config.trainer().model().path()).isEqualTo(model.toAbsolutePath());
    assertThat(config.trainer().model().labels()).isEqualTo(AcceptabilityPairs.LABELS);
    assertThat(config.trainer().optimization().steps()).isEqualTo(300);
    assertThat(config.trainer().method()).isInstanceOf(AdaRankGradConfig.class);
    assertThat(config.trainer().model().trainEmbeddings()).isFalse();
    assertThat(config.packer().source()).isEqualTo("demo-1");
    // 300 steps of 16 are 5 passes over 900 training samples, and a part of the sixth.
    assertThat(config.packer().dataEpochs()).isEqualTo(7);
    assertThat(run.samples()).hasSameTextualContentAs(data);
  }

  @Test
  void create_adamW_trainsEveryWeight() throws Exception {
    DemoRun run =
        DemoRun.create(home, Set.of(), new DemoRun.Request("adamw", 10, 150), model, data);
    RunConfig config = RunConfig.load(run.config());
    assertThat(config.trainer().method()).isInstanceOf(AdamWConfig.class);
    assertThat(config.trainer().model().trainEmbeddings()).isTrue();
    assertThat(Files.readAllLines(run.samples())).hasSize(150);
  }

  @Test
  void create_unknownMethod_isRefused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(
            () -> DemoRun.create(home, Set.of(), new DemoRun.Request("sgd", 10, 150), model, data))
        .withMessage("the demo has no settings for method sgd");
    assertThat(home.resolve("runs/demo-1")).doesNotExist();
  }

  private DemoRun create(Set<String> taken) throws IOException {
    return DemoRun.create(
        home, taken, new DemoRun.Request("adarankgrad", 300, Integer.MAX_VALUE), model, data);
  }
}
