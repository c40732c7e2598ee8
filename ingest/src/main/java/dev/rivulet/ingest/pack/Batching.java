package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SourceOffset;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic that turns tokenized samples into batches.
 *
 * <p>CLASSIFICATION pads: one sample per row, all rows as long as the longest, rounded up to a
 * multiple of 8. CAUSAL_LM packs: the samples follow each other in one stream of tokens that is cut
 * into rows of the maximum length; only the last row of a window is padded.
 */
record Batching(PackerConfig config, String tokenizerSha256) {
  private static final int LENGTH_MULTIPLE = 8;
  private static final int NO_LABEL = -100;
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  /** Returns the batches of a window, in order, numbered from {@code index}. */
  List<Batch> batches(List<TokenizedSample> samples, int dataEpoch, long index) {
    return switch (config.task()) {
      case CLASSIFICATION -> padded(samples, dataEpoch, index);
      case CAUSAL_LM -> packed(samples, dataEpoch, index);
    };
  }

  /** Returns the record that closes the stream. */
  Batch endOfStream(int dataEpoch, long index) {
    return batch(dataEpoch, index, 0, 0, EMPTY, EMPTY, null, EMPTY, List.of(), true);
  }

  private List<Batch> padded(List<TokenizedSample> samples, int dataEpoch, long index) {
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < samples.size(); from += config.batchSize()) {
      int to = Math.min(samples.size(), from + config.batchSize());
      batches.add(padded(samples.subList(from, to), dataEpoch, index + batches.size(), to - from));
    }
    return batches;
  }

  private Batch padded(List<TokenizedSample> samples, int dataEpoch, long index, int rows) {
    int longest = samples.stream().mapToInt(sample -> sample.ids().length).max().orElse(0);
    int length = Math.min(config.maxLength(), roundUp(longest, LENGTH_MULTIPLE));
    ByteBuffer ids = int32s(rows * length);
    byte[] mask = new byte[rows * length];
    byte[] types = new byte[rows * length];
    ByteBuffer labels = int32s(rows);
    boolean pairs = false;
    for (int row = 0; row < rows; row++) {
      TokenizedSample sample = samples.get(row);
      for (int column = 0; column < sample.ids().length; column++) {
        int cell = row * length + column;
        ids.putInt(cell * Integer.BYTES, sample.ids()[column]);
        mask[cell] = 1;
        types[cell] = sample.types()[column];
        pairs |= types[cell] != 0;
      }
      labels.putInt(row * Integer.BYTES, sample.label());
    }
    List<SourceOffset> sources = samples.stream().map(TokenizedSample::source).toList();
    return batch(
        dataEpoch,
        index,
        rows,
        length,
        ids,
        ByteBuffer.wrap(mask),
        pairs ? ByteBuffer.wrap(types) : null,
        labels,
        sources,
        false);
  }

  private List<Batch> packed(List<TokenizedSample> samples, int dataEpoch, long index) {
    int[] stream = samples.stream().flatMapToInt(s -> Arrays.stream(s.ids())).toArray();
    int batchTokens = config.batchSize() * config.maxLength();
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < stream.length; from += batchTokens) {
      int to = Math.min(stream.length, from + batchTokens);
      int cells = roundUp(to - from, config.maxLength());
      ByteBuffer ids = int32s(cells);
      ByteBuffer labels = int32s(cells);
      byte[] mask = new byte[cells];
      for (int cell = 0; cell < cells; cell++) {
        boolean token = from + cell < to;
        ids.putInt(cell * Integer.BYTES, token ? stream[from + cell] : 0);
        labels.putInt(cell * Integer.BYTES, token ? stream[from + cell] : NO_LABEL);
        mask[cell] = (byte) (token ? 1 : 0);
      }
      batches.add(
          batch(
              dataEpoch,
              index + batches.size(),
              cells / config.maxLength(),
              config.maxLength(),
              ids,
              ByteBuffer.wrap(mask),
              null,
              labels,
              overlapping(samples, from, to),
              false));
    }
    return batches;
  }

  /** Returns the samples that have a token in a half-open range of the stream. */
  private static List<SourceOffset> overlapping(List<TokenizedSample> samples, int from, int to) {
    List<SourceOffset> sources = new ArrayList<>();
    int start = 0;
    for (TokenizedSample sample : samples) {
      int end = start + sample.ids().length;
      if (start < to && end > from) {
        sources.add(sample.source());
      }
      start = end;
    }
    return sources;
  }

  private Batch batch(
      int dataEpoch,
      long index,
      int rows,
      int length,
      ByteBuffer ids,
      ByteBuffer mask,
      @Nullable ByteBuffer types,
      ByteBuffer labels,
      List<SourceOffset> sources,
      boolean endOfStream) {
    return new Batch(
        config.stream(),
        dataEpoch,
        index,
        config.task(),
        rows,
        length,
        ids,
        mask,
        types,
        labels,
        sources,
        tokenizerSha256,
        endOfStream);
  }

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }

  private static ByteBuffer int32s(int count) {
    return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }
}
