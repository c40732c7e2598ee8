package dev.rivulet.ingest.pack;

import dev.rivulet.ingest.pack.Rows.Tensors;
import dev.rivulet.schemas.record.SourceOffset;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The packing for CLASSIFICATION: one sample per row. The rows of a batch have the length of the
 * longest, rounded up to a multiple of 8.
 *
 * @param capacity sequences in one split of a window
 * @param maxLength maximum number of tokens per row
 */
record SequencePacking(long capacity, int maxLength) implements Packing {
  private static final int LENGTH_MULTIPLE = 8;

  static SequencePacking of(PackerConfig config) {
    return new SequencePacking(config.window(), config.maxLength());
  }

  @Override
  public int size(TokenizedSample sample) {
    return 1;
  }

  @Override
  public Rows rows(List<TokenizedSample> samples) {
    return new PaddedRows(samples, maxLength);
  }

  private record PaddedRows(List<TokenizedSample> samples, int maxLength) implements Rows {
    @Override
    public int count() {
      return samples.size();
    }

    @Override
    public Tensors tensors(int from, int to) {
      List<TokenizedSample> part = samples.subList(from, to);
      int longest = part.stream().mapToInt(sample -> sample.ids().length).max().orElse(0);
      int length = Math.min(maxLength, Packing.roundUp(longest, LENGTH_MULTIPLE));
      ByteBuffer ids = Tensors.int32s(part.size() * length);
      byte[] mask = new byte[part.size() * length];
      byte[] types = new byte[part.size() * length];
      ByteBuffer labels = Tensors.int32s(part.size());
      boolean pairs = false;
      for (int row = 0; row < part.size(); row++) {
        TokenizedSample sample = part.get(row);
        for (int column = 0; column < sample.ids().length; column++) {
          int cell = row * length + column;
          ids.putInt(cell * Integer.BYTES, sample.ids()[column]);
          mask[cell] = 1;
          types[cell] = sample.types()[column];
          pairs |= types[cell] != 0;
        }
        labels.putInt(row * Integer.BYTES, sample.label());
      }
      List<SourceOffset> sources = part.stream().map(TokenizedSample::source).toList();
      return new Tensors(
          length,
          ids,
          ByteBuffer.wrap(mask),
          pairs ? ByteBuffer.wrap(types) : null,
          labels,
          sources);
    }
  }
}
