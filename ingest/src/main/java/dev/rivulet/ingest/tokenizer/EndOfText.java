package dev.rivulet.ingest.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The token that ends a text in language modelling, as a Hugging Face tokenizer has it. */
public final class EndOfText {
  /** What tokenizers call it, the first that is there. */
  private static final List<String> USUAL =
      List.of("</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>");

  private static final JsonMapper JSON = new JsonMapper();

  private EndOfText() {}

  /**
   * Returns the token's id: that of the name given; or else of {@code eos_token} in the
   * tokenizer_config.json beside the file; or else of the first usual name that the tokenizer has.
   *
   * @param tokenizer a tokenizer.json
   * @throws IllegalArgumentException when the tokenizer lacks the token, or a file cannot be read:
   *     the message names it
   */
  public static int find(Path tokenizer, @Nullable String name) {
    JsonNode file = read(tokenizer);
    if (name != null) {
      return id(file, name)
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s: has no token '%s', which endOfText names: name one that it has"
                          .formatted(tokenizer, name)));
    }
    Path settings = tokenizer.resolveSibling("tokenizer_config.json");
    String configured = configured(settings);
    if (configured != null) {
      return id(file, configured)
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "%s: its eos_token '%s' is no token of %s: name one that is as endOfText"
                          .formatted(settings, configured, tokenizer.getFileName())));
    }
    return USUAL.stream()
        .map(usual -> id(file, usual))
        .flatMap(id -> id.stream().boxed())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s: none of %s ends a text here, and no tokenizer_config.json beside it has an"
                            .formatted(tokenizer, USUAL)
                        + " eos_token: name a token that does as endOfText"));
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
      throw new IllegalArgumentException(
          "%s: not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Looks a token up among those that were added to the vocabulary, and then in it. */
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
