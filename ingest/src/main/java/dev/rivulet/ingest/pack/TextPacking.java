package dev.rivulet.ingest.pack;

import dev.rivulet.ingest.pack.Rows.Tensors;
import dev.rivulet.schemas.record.SourceOffset;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The packing of CAUSAL_LM: texts follow each other, each closed by the end-of-text token, and are
 * cut into rows of exactly the maximum length. The labels are the ids themselves, unshifted.
 *
 * <p>Rows are cut within a window: the last row of each part of a window is padded on the right
 * (mask 0, label -100), and the next window begins a new one. So a window is a function of its own
 * samples, and a packer that starts again carries no tokens over; no token is lost, and no row
 * holds two data epochs. The price is less than one row of padding for each part of a window, half
 * a row on average: with full windows of n rows about 1/(2n) of all cells. A window is full when
 * the next text has no room in it, so its last batch may have fewer rows than others. A stream that
 * follows may write windows earlier, and then pads more: at worst most of a row of each part every
 * few seconds.
 *
 * @param capacity tokens in one part of a window
 * @param length tokens per row
 */
record TextPacking(long capacity, int length) implements Packing {
  /** Most tokens in one part of a window, which is held in memory: 65,536 rows of 64. */
  static final int MAX_WINDOW_TOKENS = 1 << 22;

  private static final int NO_LABEL = -100;

  static TextPacking of(PackerConfig config) {
    int batchTokens = config.batchSize() * config.maxLength();
    long most = MAX_WINDOW_TOKENS / batchTokens * (long) batchTokens;
    long asked = (long) config.window() * config.maxLength();
    return new TextPacking(Math.min(asked, most), config.maxLength());
  }

  @Override
  public int size(TokenizedSample sample) {
    return sample.ids().length;
  }

  @Override
  public Rows rows(List<TokenizedSample> samples) {
    return new PackedRows(samples, length);
  }

  /** One stream of tokens, cut. Every sample has a token: the one that ends it. */
  private static final class PackedRows implements Rows {
    private final List<TokenizedSample> samples;
    private final int length;

    /** Where each sample ends in the stream. */
    private final int[] ends;

    private final int tokens;

    PackedRows(List<TokenizedSample> samples, int length) {
      this.samples = samples;
      this.length = length;
      this.ends = samples.stream().mapToInt(sample -> sample.ids().length).toArray();
      Arrays.parallelPrefix(ends, Math::addExact);
      this.tokens = ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    @Override
    public int count() {
      return Packing.roundUp(tokens, length) / length;
    }

    @Override
    public Tensors tensors(int from, int to) {
      int first = from * length;
      int last = Math.min(to * length, tokens);
      int cells = (to - from) * length;
      ByteBuffer ids = Tensors.int32s(cells);
      ByteBuffer labels = Tensors.int32s(cells);
      IntBuffer idCells = ids.asIntBuffer();
      IntBuffer labelCells = labels.asIntBuffer();
      List<SourceOffset> sources = new ArrayList<>();
      for (int i = holder(first); i < ends.length && start(i) < last; i++) {
        TokenizedSample sample = samples.get(i);
        int begin = Math.max(first, start(i));
        int count = Math.min(last, ends[i]) - begin;
        idCells.put(begin - first, sample.ids(), begin - start(i), count);
        labelCells.put(begin - first, sample.ids(), begin - start(i), count);
        sources.add(sample.source());
      }
      for (int cell = last - first; cell < cells; cell++) {
        labelCells.put(cell, NO_LABEL);
      }
      byte[] mask = new byte[cells];
      Arrays.fill(mask, 0, last - first, (byte) 1);
      return new Tensors(length, ids, ByteBuffer.wrap(mask), null, labels, sources);
    }

    /** Returns the sample that holds a token of the stream. */
    private int holder(int token) {
      int found = Arrays.binarySearch(ends, token);
      return found >= 0 ? found + 1 : -found - 1;
    }

    private int start(int sample) {
      return sample == 0 ? 0 : ends[sample - 1];
    }
  }
}
