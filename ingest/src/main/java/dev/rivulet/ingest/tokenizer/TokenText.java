package dev.rivulet.ingest.tokenizer;

import java.util.Arrays;

/**
 * An incremental decoder of generated tokens. A character that spans several tokens is returned
 * with the last of them. Not thread-safe.
 */
public final class TokenText {
  private static final char INCOMPLETE = '\uFFFD';

  private final TextCodec codec;
  private int[] ids;

  /** Characters of the decoded text that have been returned. */
  private int returned;

  /**
   * Starts after a prompt.
   *
   * @param prompt token ids of the prompt; their text is not returned
   */
  public TokenText(TextCodec codec, int[] prompt) {
    this.codec = codec;
    ids = prompt.clone();
    returned = codec.decode(ids).length();
  }

  /** Adds the next token and returns the text that it completes: empty inside a character. */
  public String add(int id) {
    ids = Arrays.copyOf(ids, ids.length + 1);
    ids[ids.length - 1] = id;
    String all = codec.decode(ids);
    int complete = all.length();
    while (complete > returned && all.charAt(complete - 1) == INCOMPLETE) {
      complete--;
    }
    return upTo(complete, all);
  }

  /** Returns the remaining text: replacement characters for incomplete ones. */
  public String rest() {
    String all = codec.decode(ids);
    return upTo(all.length(), all);
  }

  private String upTo(int end, String all) {
    String text = all.substring(Math.min(returned, end), end);
    returned = Math.max(returned, end);
    return text;
  }
}
