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
 * What a pre-training run came to.
 *
 * @param run the run, as every demo reports it
 * @param floors perplexities that counting gives on the same held-out tokens
 * @param text a text by the model
 */
record PretrainReport(RunReport run, CountingModel.Floors floors, String text) {

  /**
   * Returns the floors for a run: counted on all its training batches, once each, whether or not
   * the steps came to them.
   */
  static CountingModel.Floors floors(KafkaCluster cluster, TrainerConfig config) {
    int vocabulary = ModelShape.read(config.model(), 0).classes();
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
    rows.put("by counting tokens", perplexity(floors.unigram()));
    rows.put("by counting pairs", perplexity(floors.bigram()));
    return "%s%n%na text by the model:%n%n%s%n"
        .formatted(ReportTable.of(run, rows, seconds, statusUrl), text.strip().indent(2));
  }

  private static String perplexity(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Returns the fields for programs: those of every demo's report, and the floors and the text. */
  Map<String, @Nullable Object> fields(double seconds, String statusUrl) {
    Map<String, @Nullable Object> fields = run.fields(seconds, statusUrl);
    fields.put("unigramPerplexity", floors.unigram());
    fields.put("bigramPerplexity", floors.bigram());
    fields.put("evalTokens", floors.targets());
    fields.put("text", text);
    return fields;
  }
}
