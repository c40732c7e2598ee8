package dev.rivulet.ingest.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pieces of a text that no token reaches across, as GPT-2 and the Hugging Face {@code
 * ByteLevel} pre-tokenizer have them: words, numbers and signs, each with the space before it; the
 * endings of English contractions; and what white space is left.
 */
final class PreTokens {
  private static final Pattern PIECE =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d"
              + "| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
              + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

  private PreTokens() {}

  /** Hands on the pieces in order; together they are the text. */
  static void forEach(String text, Consumer<String> each) {
    Matcher matcher = PIECE.matcher(text);
    while (matcher.find()) {
      each.accept(matcher.group());
    }
  }
}
