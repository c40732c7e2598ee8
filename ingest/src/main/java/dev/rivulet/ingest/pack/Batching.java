package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.Batch;
import java.util.ArrayList;
import java.util.List;

/** A builder of the batches of a stream from tokenized samples. */
record Batching(PackerConfig config, String tokenizerSha256) {

  /** Returns the batches of one part of a window, in order, with indices from {@code index} on. */
  List<Batch> batches(List<TokenizedSample> samples, int dataEpoch, long index) {
    Rows rows = Packing.of(config).rows(samples);
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < rows.count(); from += config.batchSize()) {
      int to = Math.min(rows.count(), from + config.batchSize());
      Rows.Tensors tensors = rows.tensors(from, to);
      batches.add(batch(dataEpoch, index + batches.size(), to - from, tensors, false));
    }
    return batches;
  }

  /** Returns the record that closes the stream. */
  Batch endOfStream(int dataEpoch, long index) {
    return batch(dataEpoch, index, 0, Rows.Tensors.empty(), true);
  }

  private Batch batch(
      int dataEpoch, long index, int rows, Rows.Tensors tensors, boolean endOfStream) {
    return new Batch(
        config.stream(),
        dataEpoch,
        index,
        config.task(),
        rows,
        tensors.length(),
        tensors.ids(),
        tensors.mask(),
        tensors.types(),
        tensors.labels(),
        tensors.sources(),
        tokenizerSha256,
        endOfStream);
  }
}
