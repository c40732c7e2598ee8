package dev.rivulet.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.model.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private static final Offset<Double> EXACTLY = within(1e-12);

  @Test
  void classification_twoClasses_f1IsOfClassOne() {
    Map<String, Double> metrics = classification(new int[][] {{4, 2}, {1, 3}});

    assertThat(metrics.get("accuracy")).isCloseTo(0.7, EXACTLY);
    // 2 * 3 / (2 * 3 + 2 + 1); the mean over both classes would be (8 / 11 + 6 / 9) / 2.
    assertThat(metrics.get("f1")).isCloseTo(6 / 9.0, EXACTLY);
    // (3 * 4 - 2 * 1) / sqrt(5 * 4 * 6 * 5)
    assertThat(metrics.get("mcc")).isCloseTo(10 / Math.sqrt(600), EXACTLY);
    assertThat(metrics.get("evalRows")).isEqualTo(10);
  }

  @Test
  void classification_threeClasses_f1IsTheMeanOverClasses() {
    Map<String, Double> metrics = classification(new int[][] {{2, 1, 0}, {0, 3, 1}, {0, 1, 2}});

    // t = (3, 4, 3), p = (2, 5, 3), c = 7, s = 10.
    assertThat(metrics.get("accuracy")).isCloseTo(0.7, EXACTLY);
    assertThat(metrics.get("f1")).isCloseTo((4 / 5.0 + 6 / 9.0 + 4 / 6.0) / 3, EXACTLY);
    assertThat(metrics.get("mcc"))
        .isCloseTo((70 - 35) / Math.sqrt((100 - 38.0) * (100 - 34.0)), EXACTLY);
  }

  @Test
  void classification_classThatIsNowhere_isLeftOut() {
    Map<String, Double> metrics = classification(new int[][] {{2, 1, 0}, {0, 3, 0}, {0, 0, 0}});

    assertThat(metrics.get("f1")).isCloseTo((4 / 5.0 + 6 / 7.0) / 2, EXACTLY);
  }

  @Test
  void classification_oneClassPredictedAlways_hasNoCorrelation() {
    Map<String, Double> metrics = classification(new int[][] {{6, 0}, {4, 0}});

    assertThat(metrics.get("accuracy")).isCloseTo(0.6, EXACTLY);
    assertThat(metrics.get("f1")).isZero();
    assertThat(metrics.get("mcc")).isZero();
  }

  @Test
  void classification_allWrong_isMinusOne() {
    assertThat(classification(new int[][] {{0, 5}, {5, 0}}).get("mcc")).isCloseTo(-1, EXACTLY);
  }

  @Test
  void language_batchesOfDifferentSize_countByTheirTokens() {
    Scores scores = Scores.of(Task.CAUSAL_LM, 0);
    scores.add(new Evaluation(1f, new long[] {7, 8, 9}), new long[] {7, 8, 1});
    scores.add(new Evaluation(3f, new long[] {5}), new long[] {4});

    Map<String, Double> metrics = scores.metrics();
    // (3 * 1 + 1 * 3) / 4; by batches it would be 2.
    assertThat(metrics.get("evalLoss")).isCloseTo(1.5, EXACTLY);
    assertThat(metrics.get("perplexity")).isCloseTo(4.4816890703380645, EXACTLY);
    assertThat(metrics.get("tokenAccuracy")).isCloseTo(0.5, EXACTLY);
    assertThat(metrics.get("evalTokens")).isEqualTo(4);
  }

  @Test
  void language_batchWithoutTargets_countsNothing() {
    Scores scores = Scores.of(Task.CAUSAL_LM, 0);
    assertThat(scores.metrics()).isEmpty();

    scores.add(new Evaluation(Float.NaN, new long[0]), new long[0]);
    assertThat(scores.metrics()).isEmpty();
    scores.add(new Evaluation(2f, new long[] {1}), new long[] {1});
    assertThat(scores.metrics().get("evalLoss")).isEqualTo(2);
  }

  @Test
  void keys_areThoseThatScoresGive() {
    Scores language = Scores.of(Task.CAUSAL_LM, 0);
    language.add(new Evaluation(2f, new long[] {1}), new long[] {1});
    List<String> given = new ArrayList<>(language.metrics().keySet());
    given.addAll(classification(new int[][] {{1, 0}, {0, 1}}).keySet());

    assertThat(Metric.keys()).containsAll(given).hasSize(8);
  }

  /** Returns the scores for a confusion matrix [class, prediction], one row to a batch. */
  private static Map<String, Double> classification(int[][] confusion) {
    Scores scores = Scores.of(Task.CLASSIFICATION, confusion.length);
    for (int expected = 0; expected < confusion.length; expected++) {
      for (int predicted = 0; predicted < confusion.length; predicted++) {
        for (int i = 0; i < confusion[expected][predicted]; i++) {
          scores.add(new Evaluation(0.5f, new long[] {predicted}), new long[] {expected});
        }
      }
    }
    assertThat(scores.metrics().get("evalLoss")).isEqualTo(0.5);
    return scores.metrics();
  }
}
