package dev.rivulet.ingest.pack;

import dev.rivulet.ingest.pack.Rows.Tensors;
import dev.rivulet.schemas.record.SourceOffset;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The packing for CAUSAL_LM: texts are concatenated, each closed by the end-of-text token, and cut
 * into rows of exactly the maximum length. The labels are the ids themselves, unshifted.
 *
 * <p>Rows do not span windows: the last row of each split of a window is padded on the right (mask
 * 0, label -100), and the next window starts a new row. A window is therefore a function of its own
 * samples, and a restarted packer carries no tokens over. No token is lost, and no row holds two
 * data epochs. The cost is less than one row of padding per split of a window, half a row on
 * average: about 1/(2n) of all cells with full windows of n rows. A window is full when the next
 * text does not fit, so its last batch may have fewer rows than others. A following stream may
 * write windows earlier and then pads more: at worst most of a row per split every few seconds.
 *
 * @param capacity tokens in one split of a window
 * @param length tokens per row
 */
record TextPacking(long capacity, int length) implements Packing {
  /** Most tokens in one split of a window, which is held in memory: 65,536 rows of 64. */
  static final int MAX_WINDOW_TOKENS = 1 << 22;

  private static final int NO_LABEL = -100;

  static TextPacking of(PackerConfig config) {
    int batchTokens = config.batchSize() * config.maxLength();
    long limit = MAX_WINDOW_TOKENS / batchTokens * (long) batchTokens;
    long requested = (long) config.window() * config.maxLength();
    return new TextPacking(Math.min(requested, limit), config.maxLength());
  }

  @Override
  public int size(TokenizedSample sample) {
    return sample.ids().length;
  }

  @Override
  public Rows rows(List<TokenizedSample> samples) {
    return new PackedRows(samples, length);
  }

  /** The concatenated tokens, cut into rows. Every sample has at least its end-of-text token. */
  private static final class PackedRows implements Rows {
    private final List<TokenizedSample> samples;
    private final int length;

    /** End of each sample in the concatenated tokens, exclusive. */
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
      for (int i = sampleAt(first); i < ends.length && start(i) < last; i++) {
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

    /** Returns the index of the sample that contains a token. */
    private int sampleAt(int token) {
      int found = Arrays.binarySearch(ends, token);
      return found >= 0 ? found + 1 : -found - 1;
    }

    private int start(int sample) {
      return sample == 0 ? 0 : ends[sample - 1];
    }
  }
}
