package dev.rivulet.ops.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StepProgressTest {
  private final StepProgress progress = new StepProgress();

  @Test
  void line_beforeFirstStep_saysSo() {
    assertThat(progress.line()).isEqualTo("before the first step");
  }

  @Test
  void line_steps_hasLossAccuracyRankMemoryAndTime() {
    progress.add(Log.step(0, 1, 0.8).setRanks(Map.of("a", 10, "b", 5)).build());
    assertThat(progress.line()).isEqualTo("loss 0.800  accuracy -  mean rank 7.5  5.0 kB  - left");
    progress.add(Log.step(0, 2, 0.6).setMetrics(Map.of("accuracy", 0.625)).build());
    // One second a step, 98 steps to go.
    assertThat(progress.line())
        .isEqualTo("loss 0.700  accuracy 0.625  mean rank 7.5  5.0 kB  1:38 left");
  }

  @Test
  void line_languageModel_hasPerplexity() {
    progress.add(Log.step(0, 1, 0.8).setMetrics(Map.of("perplexity", 61.24)).build());
    assertThat(progress.line()).startsWith("loss 0.800  perplexity 61.2  mean rank -");
  }

  @Test
  void line_afterRollback_omitsDiscardedSteps() {
    progress.add(Log.step(0, 1, 0.8).build());
    progress.add(Log.step(0, 2, Double.NaN).build());
    progress.add(Log.step(0, 3, 9.0).build());
    progress.add(Log.step(1, 2, 0.6).build());
    assertThat(progress.line()).startsWith("loss 0.700").endsWith("  - left");
    progress.add(Log.step(1, 3, 0.6).build());
    assertThat(progress.line()).endsWith("1:37 left");
  }

  @Test
  void bar_width_isUsedUpToTheLastColumn() {
    assertThat(ProgressDisplay.bar("demo-1 1/4  loss 0.8", 0.25, 40))
        .isEqualTo("demo-1 1/4  loss 0.8  [====            ]")
        .hasSize(40);
    assertThat(ProgressDisplay.bar("demo-1 1/4  loss 0.8", 0.25, 30))
        .isEqualTo("demo-1 1/4  loss 0.8");
    assertThat(ProgressDisplay.bar("demo-1 1/4  loss 0.8", 0.25, 10)).isEqualTo("demo-1 1/4");
  }
}
