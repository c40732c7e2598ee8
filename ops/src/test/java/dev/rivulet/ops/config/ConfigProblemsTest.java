package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration file with mistakes is rejected with. */
class ConfigProblemsTest {
  private final ConfigFolder folder;

  ConfigProblemsTest(@TempDir Path path) throws IOException {
    folder = ConfigFolder.withModels(path, "minilm");
  }

  @Test
  void load_classificationWithoutLabelsButAnEndOfText_bothReportedWithTheRest() {
    assertThatThrownBy(
            () ->
                folder.load(
                    """
                    run: tales
                    model: {path: minilm}
                    data: {endOfText: </s>, evalShare: 2}
                    train: {steps: 400}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 2 problems")
        .hasMessageContaining("labels []: give at least two different class names")
        .hasMessageContaining("endOfText '</s>': only for language modelling")
        .hasMessageContaining("data.evalShare: 2 (line 3) must be a number in [0, 1)");
  }

  @Test
  void load_unknownTask_choicesNamed() {
    assertThatThrownBy(
            () ->
                folder.load(
                    """
                    run: tales
                    model: {path: minilm, labels: [no, yes]}
                    data: {task: causal}
                    train: {steps: 400}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "data.task: \"causal\" (line 3) must be one of classification, causal-lm");
  }

  @Test
  void load_threeUnknownKeysAndOneWrongType_allReportedWithNearestKey() throws IOException {
    assertThatThrownBy(
            () ->
                folder.load(
                    """
                    run: third
                    modle: {path: minilm}
                    model: {path: minilm, labels: [no, yes]}
                    train:
                      steps: many
                      learnigRate: 0.001
                    adarankgrad:
                      max_rank: 8
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(folder.resolve("run.yaml") + ": 4 problems\n")
        .hasMessageContaining("modle: unknown key (line 2), did you mean model?")
        .hasMessageContaining("train.steps: \"many\" (line 5) must be a whole number of at least 1")
        .hasMessageContaining(
            "train.learnigRate: unknown key (line 6), did you mean train.learningRate?")
        .hasMessageContaining(
            "adarankgrad.max_rank: unknown key (line 8), did you mean adarankgrad.maxRank?");
  }

  @Test
  void load_contradictoryValues_reportsAll() throws IOException {
    assertThatThrownBy(
            () ->
                folder.load(
                    """
                    run: a/b
                    model: {path: elsewhere, labels: [no, no]}
                    train: {steps: 10, warmupSteps: 11, decisionTimeout: 60}
                    adarankgrad: {minRank: 9, maxRank: 8, budget: -1MB}
                    data: {follow: true, epochs: 2}
                    lozo: {queries: 1, normalise: true, rank: 0}
                    monitor: {lossSpike: {warmUp: 201}}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 11 problems")
        .hasMessageContaining("run: \"a/b\" (line 1) must be 1 to 100 letters")
        .hasMessageContaining("model.path: \"elsewhere\" (line 2) must be a Hugging Face directory")
        .hasMessageContaining("model.labels: [\"no\",\"no\"] (line 2) must be names that differ")
        .hasMessageContaining("train.warmupSteps: 11 (line 3) must be at most train.steps")
        .hasMessageContaining("data: stream 'run'")
        .hasMessageContaining("monitor.lossSpike: warmUp is 201")
        .hasMessageContaining("train.decisionTimeout: 60 (line 3) must be a duration")
        .hasMessageContaining("adarankgrad.minRank: 9 (line 4) must be at most adarankgrad.maxRank")
        .hasMessageContaining("adarankgrad.budget: \"-1MB\" (line 4) must be a size")
        .hasMessageContaining(
            "lozo.normalise: true (line 6) must be false with fewer than 2 lozo.queries")
        .hasMessageContaining("lozo.rank: 0 (line 6) must be a whole number of at least 1");
  }

  @Test
  void load_unsuitableBase_reportsTheSuitableOne() {
    String run = "run: first\nmodel: {path: minilm, labels: [no, yes]}\ntrain: {steps: 1}\n";
    assertThatThrownBy(() -> folder.load(run + "engine: {rounding: stochastic}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.rounding: \"stochastic\" (line 4) must be nearest where");
    assertThatThrownBy(
            () -> folder.load(run + "engine: {base: bf16}\nadarankgrad: {residual: fira}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.base: \"bf16\" (line 4) must be fp32 where adarankgrad");
  }

  @Test
  void load_emptyFile_missingKeysNamed() throws IOException {
    assertThatThrownBy(() -> folder.load(""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run is missing")
        .hasMessageContaining("model.path is missing")
        .hasMessageContaining("train.steps is missing");
  }

  @Test
  void load_keyTwice_lineNamed() throws IOException {
    assertThatThrownBy(() -> folder.load("run: a\nrun: b\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("'run'");
  }
}
