package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A pseudo-random order of a window's samples, a function of (seed, data epoch, window) alone: each
 * index gets its own keyed random number, and the indices are sorted by it.
 */
final class Permutation {
  private Permutation() {}

  /** Returns a permutation of the numbers below {@code size}. */
  static int[] of(int size, long seed, int dataEpoch, long window) {
    KeyedRandom random = KeyedRandom.of(seed, "shuffle", "data epoch " + dataEpoch, window);
    double[] draws = IntStream.range(0, size).mapToDouble(random::uniform).toArray();
    return IntStream.range(0, size)
        .boxed()
        .sorted(Comparator.comparingDouble(index -> draws[index]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
