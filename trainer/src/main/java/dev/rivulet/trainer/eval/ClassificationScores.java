package dev.rivulet.trainer.eval;

import dev.rivulet.trainer.model.Evaluation;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** The scores of a classifier: accuracy, F1, Matthews correlation and loss. */
final class ClassificationScores implements Scores {
  /*
   * All but the loss comes from the confusion matrix C: C[k][l] rows of class k were taken for l.
   * With t and p its row and column sums, c its trace and s its sum:
   *
   *   F1 of class k  = 2 C[k][k] / (t[k] + p[k])
   *   MCC            = (c s - p.t) / sqrt(s^2 - p.p) / sqrt(s^2 - t.t)
   *
   * the latter R_K of Gorodkin (Comput. Biol. Chem. 28, 2004), which for two classes is the usual
   * coefficient. The mean F1 leaves out classes that neither occur nor are predicted. A quotient
   * whose denominator is 0 counts as 0.
   */
  private final int classes;
  private final long[][] confusion; // [classes, classes]
  private long rows;
  private double loss;

  ClassificationScores(int classes) {
    this.classes = classes;
    confusion = new long[classes][classes];
  }

  @Override
  public void add(Evaluation evaluation, long[] expected) {
    long[] predicted = evaluation.predictions();
    if (predicted.length == 0) {
      return;
    }
    for (int i = 0; i < predicted.length; i++) {
      confusion[(int) expected[i]][(int) predicted[i]]++;
    }
    rows += predicted.length;
    loss += (double) evaluation.loss() * predicted.length;
  }

  @Override
  public Map<String, Double> metrics() {
    return rows == 0
        ? Map.of()
        : Map.of(
            Metric.ACCURACY.key(),
            trace() / (double) rows,
            Metric.F1.key(),
            f1(),
            Metric.MCC.key(),
            correlation(),
            Metric.EVAL_LOSS.key(),
            loss / rows,
            Metric.EVAL_ROWS.key(),
            (double) rows);
  }

  private double f1() {
    if (classes == 2) {
      return f1(1).orElse(0);
    }
    return IntStream.range(0, classes)
        .mapToObj(this::f1)
        .flatMapToDouble(OptionalDouble::stream)
        .average()
        .orElse(0);
  }

  private OptionalDouble f1(int k) {
    long both = occurring(k) + predicted(k);
    return both == 0 ? OptionalDouble.empty() : OptionalDouble.of(2.0 * confusion[k][k] / both);
  }

  private double correlation() {
    double all = (double) rows * rows;
    double together = 0;
    double ofPredicted = all;
    double ofOccurring = all;
    for (int k = 0; k < classes; k++) {
      double p = predicted(k);
      double t = occurring(k);
      together += p * t;
      ofPredicted -= p * p;
      ofOccurring -= t * t;
    }
    double scale = Math.sqrt(ofPredicted) * Math.sqrt(ofOccurring);
    return scale == 0 ? 0 : ((double) trace() * rows - together) / scale;
  }

  private long trace() {
    return IntStream.range(0, classes).mapToLong(k -> confusion[k][k]).sum();
  }

  private long occurring(int k) {
    return IntStream.range(0, classes).mapToLong(l -> confusion[k][l]).sum();
  }

  private long predicted(int k) {
    return IntStream.range(0, classes).mapToLong(l -> confusion[l][k]).sum();
  }
}
