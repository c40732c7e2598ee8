package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When refreshes are due, counted from 0 for the first step. */
@Tag("cross-check")
class RefreshScheduleTest {
  private static final RefreshSchedule PUBLISHED =
      RefreshSchedule.growing(100, 1.2, OptionalInt.empty());

  @Test
  void every_steps_areEquallyFarApart() {
    assertThat(refreshes(RefreshSchedule.every(4), 18)).containsExactly(0, 4, 8, 12, 16);
    assertThat(refreshes(RefreshSchedule.every(1), 3)).containsExactly(0, 1, 2);
  }

  @Test
  void growing_publishedSettings_givesThePublishedList() {
    assertThat(refreshes(PUBLISHED, 720)).containsExactly(0, 100, 201, 302, 403, 505, 607, 709);
  }

  /** The last gap that began within the run, whole. */
  @ParameterizedTest
  @CsvSource({"10000,40,1120", "20000,45,2639", "60000,52,9200", "100000,55,15825"})
  void growing_publishedRuns_mergeAsOftenAsThere(int steps, int merges, int lastGap) {
    List<Integer> refreshes = refreshes(PUBLISHED, steps);

    assertThat(refreshes).hasSize(merges);
    assertThat(refreshes.get(merges - 1) - refreshes.get(merges - 2)).isEqualTo(lastGap);
  }

  /** To bound the number in the power instead would let the gaps grow on. */
  @Test
  void growing_bounded_boundsTheGap() {
    List<Integer> refreshes =
        refreshes(RefreshSchedule.growing(100, 1.2, OptionalInt.of(150)), 20_000);
    List<Integer> gaps =
        IntStream.range(1, refreshes.size())
            .mapToObj(i -> refreshes.get(i) - refreshes.get(i - 1))
            .toList();

    // 1.2^21 is 46, 1.2^22 is 55.
    assertThat(gaps.subList(0, 5)).containsExactly(100, 101, 101, 101, 102);
    assertThat(gaps.get(21)).isEqualTo(146);
    assertThat(gaps.subList(22, gaps.size())).containsOnly(150).hasSizeGreaterThan(100);
  }

  @Test
  void growing_baseZero_givesEqualGaps() {
    assertThat(refreshes(RefreshSchedule.growing(7, 0, OptionalInt.empty()), 30))
        .containsExactly(0, 7, 14, 21, 28);
  }

  @Test
  void growing_gapBeyondAnyNumber_isNeverDue() {
    assertThat(PUBLISHED.due(Long.MAX_VALUE, 1, 10_000)).isFalse();
  }

  private static List<Integer> refreshes(RefreshSchedule schedule, int steps) {
    List<Integer> refreshes = new ArrayList<>(List.of(0));
    long last = 1;
    for (int step = 2; step <= steps; step++) {
      if (schedule.due(step, last, refreshes.size())) {
        refreshes.add(step - 1);
        last = step;
      }
    }
    return refreshes;
  }
}
