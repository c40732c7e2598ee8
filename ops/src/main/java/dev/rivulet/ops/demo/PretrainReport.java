package dev.rivulet.ops.demo;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.model.ModelShape;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The report on a pre-training run.
 *
 * @param run the figures that every demo reports
 * @param floors perplexities of counting models on the same held-out tokens
 * @param text a text that the model generated
 */
record PretrainReport(RunReport run, CountingModel.Floors floors, String text) {

  /**
   * Returns the perplexities of counting models for a run. They count each training batch once,
   * including batches that no step has reached.
   */
  static CountingModel.Floors floors(KafkaCluster cluster, TrainerConfig config) {
    int vocabulary = ModelShape.read(config.model().path(), 0).classes();
    CountingModel counts = new CountingModel(vocabulary);
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-floors")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.BATCHES,
          (record, batch) -> {
            if (config.stream().equals(record.key())
                && batch.getDataEpoch() == 0
                && !batch.getEndOfStream()) {
              counts.learn(batch);
            }
          });
    }
    return counts.test(HeldOut.read(cluster, config.stream()).batches());
  }

  /** Returns the report for people. */
  String table(double seconds, String statusUrl) {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("unigram model", perplexity(floors.unigram()));
    rows.put("bigram model", perplexity(floors.bigram()));
    return "%s%n%na generated text:%n%n%s%n"
        .formatted(ReportTable.of(run, rows, seconds, statusUrl), text.strip().indent(2));
  }

  private static String perplexity(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Returns the fields of every demo's report, the counting perplexities and the text. */
  Map<String, @Nullable Object> fields(double seconds, String statusUrl) {
    Map<String, @Nullable Object> fields = run.fields(seconds, statusUrl);
    fields.put("unigramPerplexity", floors.unigram());
    fields.put("bigramPerplexity", floors.bigram());
    fields.put("evalTokens", floors.targets());
    fields.put("text", text);
    return fields;
  }
}
