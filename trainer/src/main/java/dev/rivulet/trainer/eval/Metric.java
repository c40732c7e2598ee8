package dev.rivulet.trainer.eval;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** What an evaluation measures, and the name that records have for it. */
public enum Metric {
  /** Share of the rows whose class is predicted. */
  ACCURACY("accuracy"),

  /** F1 of class 1 where there are two classes; where there are more, the mean over the classes. */
  F1("f1"),

  /** Matthews correlation coefficient. */
  MCC("mcc"),

  /** exp of the mean loss. */
  PERPLEXITY("perplexity"),

  /** Share of the tokens that are predicted. */
  TOKEN_ACCURACY("tokenAccuracy"),

  /** Mean loss, in nats: over rows, or over tokens in language modelling. */
  EVAL_LOSS("evalLoss"),

  /** Rows that the other scores are over. */
  EVAL_ROWS("evalRows"),

  /** Tokens that the other scores are over. */
  EVAL_TOKENS("evalTokens");

  private final String key;

  Metric(String key) {
    this.key = key;
  }

  /** Returns the name in the metrics of steps and manifests. */
  public String key() {
    return key;
  }

  /** Returns the names of all. */
  public static Set<String> keys() {
    return Arrays.stream(values()).map(Metric::key).collect(Collectors.toUnmodifiableSet());
  }
}
