package dev.rivulet.ingest.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A lookup of the token with which a Hugging Face tokenizer ends a text. */
public final class EndOfText {
  /** Common names of the token; the first that the tokenizer has is used. */
  private static final List<String> COMMON_NAMES =
      List.of("</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>");

  private static final JsonMapper JSON = new JsonMapper();

  private EndOfText() {}

  /**
   * Returns the id of the given token; without a name, that of {@code eos_token} in the
   * tokenizer_config.json in the same directory; without that, that of the first common name that
   * the tokenizer has.
   *
   * @param tokenizer a tokenizer.json
   * @throws UsageException when the tokenizer lacks the token, or a file cannot be read: the
   *     message names it
   */
  public static int find(Path tokenizer, @Nullable String name) {
    JsonNode file = read(tokenizer);
    if (name != null) {
      return id(file, name)
          .orElseThrow(
              () ->
                  new UsageException(
                      "%s: has no token '%s' (endOfText): set endOfText to one of its tokens"
                          .formatted(tokenizer, name)));
    }
    Path settings = tokenizer.resolveSibling("tokenizer_config.json");
    String configured = configured(settings);
    if (configured != null) {
      return id(file, configured)
          .orElseThrow(
              () ->
                  new UsageException(
                      "%s: its eos_token '%s' is not in %s: set endOfText to a token that is"
                          .formatted(settings, configured, tokenizer.getFileName())));
    }
    return COMMON_NAMES.stream()
        .map(common -> id(file, common))
        .flatMap(id -> id.stream().boxed())
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "%s: has none of %s, and no eos_token in a tokenizer_config.json next to it:"
                            .formatted(tokenizer, COMMON_NAMES)
                        + " set endOfText to the token that ends a text"));
  }

  private static @Nullable String configured(Path settings) {
    if (!Files.exists(settings)) {
      return null;
    }
    JsonNode token = read(settings).path("eos_token");
    return (token.isObject() ? token.path("content") : token).textValue();
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new UsageException("%s: not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UsageException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Looks a token up, first in the added tokens and then in the vocabulary. */
  private static OptionalInt id(JsonNode tokenizer, String token) {
    for (JsonNode added : tokenizer.path("added_tokens")) {
      if (token.equals(added.path("content").textValue())) {
        return OptionalInt.of(added.path("id").intValue());
      }
    }
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    if (vocabulary.isArray()) { // A Unigram model: [piece, score], in the order of the ids.
      for (int id = 0; id < vocabulary.size(); id++) {
        if (token.equals(vocabulary.path(id).path(0).textValue())) {
          return OptionalInt.of(id);
        }
      }
      return OptionalInt.empty();
    }
    JsonNode id = vocabulary.path(token);
    return id.isInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
  }
}
