package dev.rivulet.ingest.tokenizer;

import java.util.Arrays;

/**
 * The text of tokens that come one by one. A character whose bytes are spread over tokens waits for
 * the last of them. Not thread-safe.
 */
public final class TokenText {
  private static final char INCOMPLETE = '\uFFFD';

  private final TextCodec codec;
  private int[] ids;
  private int told;

  /**
   * Begins after a prompt.
   *
   * @param prompt token ids whose text is known
   */
  public TokenText(TextCodec codec, int[] prompt) {
    this.codec = codec;
    ids = prompt.clone();
    told = codec.decode(ids).length();
  }

  /** Takes the next token, and returns the text that it completes; mostly its own. */
  public String add(int id) {
    ids = Arrays.copyOf(ids, ids.length + 1);
    ids[ids.length - 1] = id;
    String all = codec.decode(ids);
    int complete = all.length();
    while (complete > told && all.charAt(complete - 1) == INCOMPLETE) {
      complete--;
    }
    return tell(all, complete);
  }

  /** Returns what is left at the end: signs for characters that were never completed. */
  public String rest() {
    String all = codec.decode(ids);
    return tell(all, all.length());
  }

  private String tell(String all, int to) {
    String text = all.substring(Math.min(told, to), to);
    told = Math.max(told, to);
    return text;
  }
}
