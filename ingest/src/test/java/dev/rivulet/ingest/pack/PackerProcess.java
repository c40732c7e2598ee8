package dev.rivulet.ingest.pack;

import dev.rivulet.ingest.NumberedSamples;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.Map;

/**
 * A program that packs a bounded stream of two data epochs, and prints the number of batches
 * written whenever it grows. Tests kill it.
 *
 * <p>Arguments: bootstrap servers, topic prefix, stream, tokenizer, task.
 */
final class PackerProcess {
  private PackerProcess() {}

  public static void main(String[] args) throws Exception {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    try (Packer packer = new Packer(cluster, config(Task.valueOf(args[4]), args[2], args[3]))) {
      Thread packing = new Thread(packer::run);
      packing.start();
      long printed = -1;
      while (packing.isAlive()) {
        PackerProgress progress = packer.progress();
        long written = progress.batches() + progress.evalBatches();
        if (written > printed) {
          System.out.println(written);
          printed = written;
        }
        packing.join(1);
      }
    }
  }

  private static PackerConfig config(Task task, String stream, String tokenizer) {
    return switch (task) {
      case CLASSIFICATION -> NumberedSamples.config(stream, Path.of(tokenizer), 2, false);
      case CAUSAL_LM -> NumberedSamples.textConfig(stream, Path.of(tokenizer), 2);
    };
  }
}
