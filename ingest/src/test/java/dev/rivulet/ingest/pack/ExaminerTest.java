package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Split;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.Topics;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExaminerTest {
  private static final Examiner CLASSES = new Examiner(Configs.of(Task.CLASSIFICATION, 2, 8, 4));
  private static final Examiner WORDS = new Examiner(Configs.of(Task.CAUSAL_LM, 2, 8, 4));

  private static ConsumerRecord<String, byte[]> record(
      @Nullable String key, byte @Nullable [] value) {
    return new ConsumerRecord<>("samples", 0, 3, key, value);
  }

  private static ConsumerRecord<String, byte[]> record(
      String key, String text, @Nullable String label, @Nullable Split split) {
    Sample sample = new Sample(text, null, label, split, Map.of());
    return record(key, Topics.SAMPLES.codec().encode(sample));
  }

  @Test
  void examine_otherSourceOrNoKey_isForeign() {
    assertThat(CLASSES.examine(record("other/1", "a", "no", null)))
        .isEqualTo(new Examiner.Foreign());
    assertThat(CLASSES.examine(record("sourceful/1", "a", "no", null)))
        .isEqualTo(new Examiner.Foreign());
    assertThat(CLASSES.examine(record(null, new byte[1]))).isEqualTo(new Examiner.Foreign());
  }

  @Test
  void examine_goodSample_hasItsLabelAndSplit() {
    Examiner.Verdict verdict = CLASSES.examine(record("source/1", "a", "yes", Split.EVAL));

    assertThat(verdict)
        .isEqualTo(
            new Examiner.Valid(new Sample("a", null, "yes", Split.EVAL, Map.of()), Split.EVAL, 1));
  }

  @Test
  void examine_unusableSample_isInvalidWithTheReason() {
    assertThat(CLASSES.examine(record("source/1", " ", "yes", null)))
        .isEqualTo(new Examiner.Invalid("the text is empty"));
    assertThat(CLASSES.examine(record("source/1", "a", null, null)))
        .isEqualTo(new Examiner.Invalid("the label is missing"));
    assertThat(CLASSES.examine(record("source/1", "a", "maybe", null)))
        .isEqualTo(new Examiner.Invalid("the label 'maybe' is not one of [no, yes]"));
    assertThat(CLASSES.examine(record("source/1", null)))
        .isEqualTo(new Examiner.Invalid("no value"));
    assertThat(CLASSES.examine(record("source/1", new byte[] {1, 2, 3})))
        .isInstanceOfSatisfying(
            Examiner.Invalid.class,
            i -> assertThat(i.reason()).startsWith("not a readable record"));
  }

  @Test
  void examine_languageModelling_needsNoLabelAndIgnoresOne() {
    for (String label : new @Nullable String[] {null, "yes", "maybe"}) {
      assertThat(WORDS.examine(record("source/1", "a", label, Split.TRAIN)))
          .isInstanceOfSatisfying(Examiner.Valid.class, v -> assertThat(v.label()).isEqualTo(-1));
    }
  }

  @Test
  void examine_languageModelling_refusesAnEmptyText() {
    assertThat(WORDS.examine(record("source/1", " ", null, Split.TRAIN)))
        .isEqualTo(new Examiner.Invalid("the text is empty"));
  }

  @Test
  void examine_noSplit_goesToEvaluationWithItsShare() {
    int eval = 0;
    for (int i = 0; i < 10_000; i++) {
      Examiner.Verdict verdict = CLASSES.examine(record("source/" + i, "a", "no", null));
      eval += ((Examiner.Valid) verdict).split() == Split.EVAL ? 1 : 0;
    }
    // Binomial with mean 2,500 and standard deviation 43: the bounds are five of them.
    assertThat(eval).isBetween(2_285, 2_715);
  }

  @Test
  void examine_noSplit_isDecidedByTheKeyAlone() {
    ConsumerRecord<String, byte[]> one = record("source/1", "a", "no", null);
    ConsumerRecord<String, byte[]> sameKey = record("source/1", "b", "yes", null);

    assertThat(((Examiner.Valid) CLASSES.examine(one)).split())
        .isEqualTo(((Examiner.Valid) CLASSES.examine(sameKey)).split());
  }
}
