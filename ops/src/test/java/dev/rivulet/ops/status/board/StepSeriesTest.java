package dev.rivulet.ops.status.board;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StepSeriesTest {
  private final StepSeries<EvaluationPoint> series = new StepSeries<>(100);

  @Test
  void values_fewerThanCapacity_areAllKeptInOrder() {
    List.of(5L, 2L, 9L).forEach(step -> series.put(at(0, step)));
    assertThat(series.values()).extracting(EvaluationPoint::step).containsExactly(2L, 5L, 9L);
  }

  @Test
  void values_moreThanCapacity_areThinnedEvenlyAndEndWithNewest() {
    LongStream.rangeClosed(1, 10_007).forEach(step -> series.put(at(0, step)));
    List<Long> steps = series.values().stream().map(EvaluationPoint::step).toList();
    assertThat(steps).hasSizeBetween(50, 100).endsWith(10_007L);
    List<Long> gaps =
        LongStream.range(1, steps.size() - 1)
            .mapToObj(i -> steps.get((int) i) - steps.get((int) i - 1))
            .distinct()
            .toList();
    assertThat(gaps).as("gaps between all but the last").containsExactly(128L);
  }

  @Test
  void put_sameStepAgain_replaces() {
    series.put(at(0, 5));
    series.put(at(1, 5));
    assertThat(series.values()).containsExactly(at(1, 5));
  }

  @Test
  void from_stepAndLimit_givesThatStretch() {
    LongStream.rangeClosed(1, 20).forEach(step -> series.put(at(0, step)));
    assertThat(series.from(7, 3)).extracting(EvaluationPoint::step).containsExactly(7L, 8L, 9L);
  }

  @Test
  void prune_supersededValues_removesThoseOnly() {
    LongStream.rangeClosed(1, 10).forEach(step -> series.put(at(0, step)));
    HistoryLine line = new HistoryLine();
    line.observe(1, 8);
    series.prune(line);
    assertThat(series.newest()).isEqualTo(at(0, 7));
  }

  private static EvaluationPoint at(int epoch, long step) {
    return new EvaluationPoint(epoch, step, Map.of());
  }
}
