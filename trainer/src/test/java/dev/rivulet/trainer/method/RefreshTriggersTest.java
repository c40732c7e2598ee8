package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The steps at which the bases are refreshed, of 40 with a most of 30 and a least of 10 between.
 */
class RefreshTriggersTest {
  private static final double ENERGY_SHARE = 0.9;
  private static final int RANK = 4;

  private Kernels kernels;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  @Test
  void due_noTrigger_afterTheMostSteps() {
    assertThat(refreshes(new RefreshRule(30, 10, 0, 0, 0), step -> 1)).containsExactly(1L, 31L);
  }

  /** One batch is learned by heart within some tens of steps, and its gradient vanishes. */
  @Test
  void due_gradientShrinksInItsSubspace_earlier() {
    List<Long> steps = refreshes(new RefreshRule(30, 10, 0.9, 0, 0), step -> 1);
    assertThat(steps.get(0)).isEqualTo(1);
    assertThat(steps.get(1)).isBetween(11L, 30L);
  }

  @Test
  void due_gradientStaysLarge_notEarlier() {
    assertThat(refreshes(new RefreshRule(30, 10, 1e-6, 0, 0), step -> 1)).containsExactly(1L, 31L);
  }

  /** From step 14 on another batch comes, whose gradient lies elsewhere. */
  @Test
  void due_gradientLeavesTheSubspace_atTheNextLook() {
    RefreshRule rule = new RefreshRule(30, 10, 0, 0.3, 0);
    List<Long> steps = refreshes(rule, step -> step < 14 ? 1 : 2);
    assertThat(steps.get(1)).isBetween(15L, 26L);
  }

  /** With another batch each step the steps cancel; with one they do not. */
  @Test
  void due_stepsCancelOut_earlier() {
    RefreshRule rule = new RefreshRule(30, 10, 0, 0, 0.6);
    assertThat(refreshes(rule, step -> step)).startsWith(1L, 11L);
    assertThat(refreshes(rule, step -> 1)).containsExactly(1L, 31L);
  }

  private List<Long> refreshes(RefreshRule rule, LongUnaryOperator batchOfStep) {
    AdaRankGradConfig config =
        new AdaRankGradConfig(
            AdamWConfig.DEFAULT,
            ENERGY_SHARE,
            RANK,
            RANK,
            2,
            rule,
            8,
            1,
            true,
            0,
            OptionalLong.empty(),
            MomentPolicy.TRANSPORT,
            ResidualPolicy.NONE);
    List<Long> steps = new ArrayList<>();
    try (Transformer model = TinyBert.load(kernels);
        Method method = config.start(new MethodContext(model, false, 0, 5))) {
      for (long step = 1; step <= 40; step++) {
        try (TokenBatch batch = TinyBert.batch(kernels, batchOfStep.applyAsLong(step))) {
          StepResult result = method.step(List.of(batch), step, 1e-3, FixedRanks.of(RANK, RANK));
          if (result.refresh().isPresent()) {
            steps.add(step);
          }
        }
      }
    }
    return steps;
  }
}
