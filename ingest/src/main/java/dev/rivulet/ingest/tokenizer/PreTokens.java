package dev.rivulet.ingest.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pre-tokenizer of GPT-2 and of Hugging Face's {@code ByteLevel}: it splits a text into pieces
 * that no token spans. Pieces are words, numbers and signs, each with the space before it; the
 * endings of English contractions; and the remaining white space.
 */
final class PreTokens {
  private static final Pattern PIECE =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d"
              + "| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
              + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

  private PreTokens() {}

  /** Passes the pieces to a consumer in order; their concatenation is the text. */
  static void forEach(String text, Consumer<String> each) {
    Matcher matcher = PIECE.matcher(text);
    while (matcher.find()) {
      each.accept(matcher.group());
    }
  }
}
