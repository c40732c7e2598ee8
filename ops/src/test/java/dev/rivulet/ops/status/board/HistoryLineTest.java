package dev.rivulet.ops.status.board;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistoryLineTest {
  private final HistoryLine line = new HistoryLine();

  @Test
  void survives_olderEpoch_untilFirstStepOfNewer() {
    line.observe(0, 1);
    line.observe(1, 101);
    assertThat(line.survives(0, 100)).isTrue();
    assertThat(line.survives(0, 101)).isFalse();
    assertThat(line.survives(1, 101)).isTrue();
  }

  @Test
  void survives_laterEpochGoesBackFurther_supersedesAllBetween() {
    line.observe(1, 101);
    line.observe(2, 51);
    assertThat(line.survives(0, 50)).isTrue();
    assertThat(line.survives(0, 60)).isFalse();
    assertThat(line.survives(1, 101)).isFalse();
  }

  @Test
  void observe_ordinaryNextStep_supersedesNothing() {
    assertThat(line.observe(0, 1)).isFalse();
    assertThat(line.observe(0, 2)).isFalse();
    assertThat(line.observe(1, 2)).isTrue();
    assertThat(line.observe(1, 3)).isFalse();
  }

  @Test
  void survives_anyOrderOfObservation_isTheSame() {
    record Place(int epoch, long step) {}
    List<Place> places = new ArrayList<>();
    for (long step = 1; step <= 40; step++) {
      places.add(new Place(0, step));
      places.add(new Place(1, step + 20));
      places.add(new Place(2, step + 10));
    }
    places.forEach(place -> line.observe(place.epoch(), place.step()));
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(places, new Random(seed));
      HistoryLine other = new HistoryLine();
      places.forEach(place -> other.observe(place.epoch(), place.step()));
      assertThat(places)
          .allMatch(
              place ->
                  other.survives(place.epoch(), place.step())
                      == line.survives(place.epoch(), place.step()));
    }
  }
}
