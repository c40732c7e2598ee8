package dev.rivulet.ingest.tokenizer;

import java.util.Arrays;

/**
 * The 256 printable letters that byte-level tokenizers write bytes with, none of them white space.
 * Printable Latin-1 bytes map to themselves, the others, in order, to the letters from U+0100 on
 * (Radford et al., "Language models are unsupervised multitask learners", 2019).
 */
final class ByteAlphabet {
  static final int SIZE = 256;

  private static final char[] LETTER_OF_BYTE = new char[SIZE];

  /** Index of each byte's letter in {@link #LETTERS}. */
  private static final int[] RANK_OF_BYTE = new int[SIZE];

  private static final String LETTERS;

  static {
    int others = 0;
    for (int value = 0; value < SIZE; value++) {
      LETTER_OF_BYTE[value] = (char) (isPrintable(value) ? value : SIZE + others++);
    }
    char[] letters = LETTER_OF_BYTE.clone();
    Arrays.sort(letters);
    LETTERS = new String(letters);
    for (int value = 0; value < SIZE; value++) {
      RANK_OF_BYTE[value] = LETTERS.indexOf(LETTER_OF_BYTE[value]);
    }
  }

  private ByteAlphabet() {}

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xA1 && value <= 0xAC)
        || (value >= 0xAE && value <= 0xFF);
  }

  /** Returns the letters in the order of their code points. */
  static String letters() {
    return LETTERS;
  }

  /** Returns the index of a byte's letter in {@link #letters}. */
  static int rank(byte value) {
    return RANK_OF_BYTE[Byte.toUnsignedInt(value)];
  }
}
