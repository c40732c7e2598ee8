package dev.rivulet.ingest.pack;

import java.util.List;

/**
 * The strategy by which one task lays the samples of a window out in rows of batches.
 *
 * <p>A {@link Window} collects tokenized samples while they fit. The shuffled samples of each split
 * are laid out in {@link Rows}, and {@link Batching} groups the rows into batches. No row spans two
 * windows.
 */
sealed interface Packing permits SequencePacking, TextPacking {

  /** Returns the packing that the settings ask for. */
  static Packing of(PackerConfig config) {
    return switch (config.task()) {
      case CLASSIFICATION -> SequencePacking.of(config);
      case CAUSAL_LM -> TextPacking.of(config);
    };
  }

  /** Returns the capacity of one split of a window, in the unit of {@link #size}. */
  long capacity();

  /** Returns the share of the capacity that a sample takes: 1, or its number of tokens. */
  int size(TokenizedSample sample);

  /** Lays samples out in rows. */
  Rows rows(List<TokenizedSample> samples);

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
