package dev.rivulet.ingest.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Hugging Face tokenizer that encodes prompts and decodes generated tokens. Thread-safe. */
public final class TextCodec implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final int endToken;

  /**
   * Loads a tokenizer.
   *
   * @param file a tokenizer.json
   * @param endOfText name of the token that ends a text; null to use the tokenizer's own
   * @throws UsageException when the file cannot be read, is not a tokenizer, or lacks the token:
   *     the message names the file
   */
  public TextCodec(Path file, @Nullable String endOfText) {
    endToken = EndOfText.find(file, endOfText);
    try {
      tokenizer =
          HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
    } catch (IOException | RuntimeException e) {
      throw new UsageException("%s: not a readable tokenizer: %s".formatted(file, e), e);
    }
  }

  /** Returns the id of the token that ends a text. */
  public int endToken() {
    return endToken;
  }

  /**
   * Returns the ids that a model continues: the tokenizer's start tokens, if any, and the text. An
   * empty prompt is the end token of the text before.
   */
  public int[] prompt(String text) {
    int[] ids =
        Arrays.stream(tokenizer.encode(text, true, false).getIds())
            .mapToInt(Math::toIntExact)
            .toArray();
    return ids.length == 0 ? new int[] {endToken} : ids;
  }

  /** Returns the text of the ids without special tokens. */
  public String decode(int[] ids) {
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
