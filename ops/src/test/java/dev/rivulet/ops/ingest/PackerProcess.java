package dev.rivulet.ops.ingest;

import dev.rivulet.ingest.pack.Packer;
import dev.rivulet.ingest.pack.PackerProgress;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.Map;

/**
 * A program that packs a bounded stream of two data epochs and prints how many batches of both
 * kinds are written, each time there are more. To be killed.
 *
 * <p>Arguments: bootstrap servers, topic prefix, stream, tokenizer.
 */
final class PackerProcess {
  private PackerProcess() {}

  public static void main(String[] args) throws Exception {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    try (Packer packer =
        new Packer(cluster, NumberedSamples.config(args[2], Path.of(args[3]), 2, false))) {
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
        Thread.sleep(1);
      }
    }
  }
}
