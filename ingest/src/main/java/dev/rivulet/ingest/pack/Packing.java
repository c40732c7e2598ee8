package dev.rivulet.ingest.pack;

import java.util.List;

/**
 * How the samples of a window become rows of batches: what the tasks have in common, and where they
 * differ.
 *
 * <p>A {@link Window} gathers tokenized samples as long as they have room. The samples of each of
 * its parts, in the order that shuffling gives them, are laid out in {@link Rows}, and {@link
 * Batching} makes a batch of every few rows. No row reaches from one window into the next.
 */
sealed interface Packing permits SequencePacking, TextPacking {

  /** Returns the packing that the settings ask for. */
  static Packing of(PackerConfig config) {
    return switch (config.task()) {
      case CLASSIFICATION -> SequencePacking.of(config);
      case CAUSAL_LM -> TextPacking.of(config);
    };
  }

  /** Returns how much one part of a window holds, in the unit of {@link #size}. */
  long capacity();

  /** Returns how much of a window a sample takes up. */
  int size(TokenizedSample sample);

  /** Lays samples out. */
  Rows rows(List<TokenizedSample> samples);

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
