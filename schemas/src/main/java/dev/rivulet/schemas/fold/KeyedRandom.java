package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.codec.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A counter-based random number generator: every value is a function of a key and an index.
 *
 * <p>The key is derived from the use of the numbers (seed, purpose, name, step). Two uses therefore
 * never share a stream, and no value depends on earlier draws. Bits come from Philox4x32-10 (Salmon
 * et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011); normal values come from the
 * Box–Muller transform in {@link StrictMath}, with the same bits on every machine. Immutable and
 * thread-safe.
 */
public final class KeyedRandom {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  /** Words per block. */
  private static final int WORDS = 4;

  /** Values that one thread draws at a time; even, because values are drawn in pairs. */
  private static final int SPAN = 1 << 14;

  private final int key0;
  private final int key1;

  private KeyedRandom(int key0, int key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** Returns the generator with a 64-bit Philox key. */
  static KeyedRandom ofKey(int key0, int key1) {
    return new KeyedRandom(key0, key1);
  }

  /**
   * Returns the generator for one use.
   *
   * @param seed seed of the run
   * @param purpose purpose of the numbers, such as {@code range-finder}
   * @param name instance of the purpose, such as a layer's name
   * @param step point in the run, such as the number of a refresh
   */
  public static KeyedRandom of(long seed, String purpose, String name, long step) {
    byte[] label = (purpose + '\0' + name).getBytes(StandardCharsets.UTF_8);
    byte[] message =
        ByteBuffer.allocate(16 + label.length).putLong(seed).putLong(step).put(label).array();
    ByteBuffer digest = ByteBuffer.wrap(Digests.sha256(message).bytes());
    return new KeyedRandom(digest.getInt(), digest.getInt());
  }

  /** Returns the block of four 32-bit words for a 128-bit counter. */
  int[] block(long low, long high) {
    int[] words = new int[WORDS];
    block(low, high, words, 0);
    return words;
  }

  private void block(long low, long high, int[] words, int at) {
    int c0 = (int) low;
    int c1 = (int) (low >>> 32);
    int c2 = (int) high;
    int c3 = (int) (high >>> 32);
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long product1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    words[at] = c0;
    words[at + 1] = c1;
    words[at + 2] = c2;
    words[at + 3] = c3;
  }

  /** Returns one word of 32 random bits for each index from {@code first} on. */
  int[] words(long first, int count) {
    int skipped = (int) (first % WORDS);
    int[] words = new int[(skipped + count + WORDS - 1) / WORDS * WORDS];
    for (int at = 0; at < words.length; at += WORDS) {
      block((first - skipped + at) / WORDS, 0, words, at);
    }
    return skipped == 0 ? words : Arrays.copyOfRange(words, skipped, skipped + count);
  }

  /** Returns value number {@code index} of the uniform distribution on (0, 1). */
  public double uniform(long index) {
    int[] words = block(index >>> 1, 0);
    int at = (int) (index & 1) * 2;
    return unit(words[at], words[at + 1]);
  }

  /** Returns 64 random bits, number {@code index}. */
  public long bits(long index) {
    int[] words = block(index >>> 1, 0);
    int at = (int) (index & 1) * 2;
    return (long) words[at] << 32 | Integer.toUnsignedLong(words[at + 1]);
  }

  /** Returns the first {@code count} values of the standard normal distribution. */
  public float[] normal(int count) {
    float[] values = new float[count];
    int spans = (int) ((count + (long) SPAN - 1) / SPAN);
    IntStream indices = IntStream.range(0, spans);
    (spans > 1 ? indices.parallel() : indices)
        .forEach(span -> normal(values, span * SPAN, (int) Math.min(count, (span + 1L) * SPAN)));
    return values;
  }

  private void normal(float[] values, int from, int to) {
    for (int i = from; i < to; i += 2) {
      int[] words = block(i >>> 1, 0);
      double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(words[0], words[1])));
      double angle = 2 * Math.PI * unit(words[2], words[3]);
      values[i] = (float) (radius * StrictMath.cos(angle));
      if (i + 1 < to) {
        values[i + 1] = (float) (radius * StrictMath.sin(angle));
      }
    }
  }

  /** Returns a double in (0, 1) from 52 of 64 bits: the midpoint of one of 2^52 equal intervals. */
  private static double unit(int high, int low) {
    long bits = Integer.toUnsignedLong(high) << 20 | (low >>> 12);
    return (bits + 0.5) * 0x1p-52;
  }
}
