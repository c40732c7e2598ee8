package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Split;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.Topics;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * The rule that decides which records of the samples topic a stream takes, and into which split.
 */
record Examiner(PackerConfig config) {

  /** The decision on one record. */
  sealed interface Verdict {}

  /** A record of another source. */
  record Foreign() implements Verdict {}

  /** A record that cannot be packed, with the reason. */
  record Invalid(String reason) implements Verdict {}

  /**
   * A sample of the stream.
   *
   * @param label class index; -1 for language modelling
   */
  record Valid(Sample sample, Split split, int label) implements Verdict {}

  Verdict examine(ConsumerRecord<String, byte[]> record) {
    String key = record.key();
    if (config.source() != null && (key == null || !key.startsWith(config.source() + "/"))) {
      return new Foreign();
    }
    Sample sample;
    try {
      sample = Topics.SAMPLES.codec().decode(record.value());
    } catch (SerializationException e) {
      return new Invalid(String.valueOf(e.getMessage()));
    }
    if (sample.getText().isBlank()) {
      return new Invalid("the text is empty");
    }
    int label = config.task() == Task.CLASSIFICATION ? labelIndex(sample.getLabel()) : -1;
    if (config.task() == Task.CLASSIFICATION && label < 0) {
      return new Invalid(
          sample.getLabel() == null
              ? "the label is missing"
              : "the label '%s' is not one of %s".formatted(sample.getLabel(), config.labels()));
    }
    return new Valid(sample, split(sample, record), label);
  }

  private int labelIndex(@Nullable String label) {
    return label == null ? -1 : config.labels().indexOf(label);
  }

  private Split split(Sample sample, ConsumerRecord<String, byte[]> record) {
    if (sample.getSplit() != null) {
      return sample.getSplit();
    }
    String key = record.key() != null ? record.key() : record.partition() + ":" + record.offset();
    double draw = KeyedRandom.of(config.seed(), "split", key, 0).uniform(0);
    return draw < config.evalShare() ? Split.EVAL : Split.TRAIN;
  }
}
