package dev.rivulet.ingest.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndOfTextTest {
  @TempDir Path dir;

  /** Finds the token with "mine" (12) as an added token, and two more in the vocabulary. */
  private int find(String third, String fourth, @Nullable String name) throws IOException {
    return find("{\"%s\": 3, \"%s\": 4}".formatted(third, fourth), name);
  }

  private int find(String vocabulary, @Nullable String name) throws IOException {
    return EndOfText.find(
        Files.writeString(
            dir.resolve("tokenizer.json"),
            "{\"added_tokens\": [{\"id\": 12, \"content\": \"mine\"}], \"model\": {\"vocab\": %s}}"
                .formatted(vocabulary)),
        name);
  }

  private void configure(String json) throws IOException {
    Files.writeString(dir.resolve("tokenizer_config.json"), json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>"})
  void find_commonName_isFound(String name) throws IOException {
    assertThat(find("a", name, null)).isEqualTo(4);
  }

  @Test
  void find_twoCommonNames_returnsTheFirst() throws IOException {
    assertThat(find("<eos>", "</s>", null)).isEqualTo(4);
  }

  @Test
  void find_configuredToken_overridesCommonNames() throws IOException {
    configure("{\"eos_token\": \"mine\"}");
    assertThat(find("a", "</s>", null)).isEqualTo(12);

    configure("{\"eos_token\": {\"content\": \"a\", \"lstrip\": false}}");
    assertThat(find("a", "</s>", null)).isEqualTo(3);

    configure("{\"eos_token\": null}");
    assertThat(find("a", "</s>", null)).isEqualTo(4);
  }

  @Test
  void find_givenName_overridesAll() throws IOException {
    configure("{\"eos_token\": \"mine\"}");

    assertThat(find("a", "</s>", "a")).isEqualTo(3);
  }

  @Test
  void find_unigramVocabulary_usesTheIndexAsId() throws IOException {
    assertThat(find("[[\"<unk>\", 0.0], [\"</s>\", 0.0], [\"a\", -1.5]]", null)).isEqualTo(1);
  }

  @Test
  void find_missingToken_namesTokenFileAndRemedy() throws IOException {
    Path file = dir.resolve("tokenizer.json");
    assertThatThrownBy(() -> find("a", "[SEP]", null))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(
            file + ": has none of [</s>, <|endoftext|>, <|end_of_text|>, <eos>]")
        .hasMessageEndingWith("set endOfText to the token that ends a text");
    assertThatThrownBy(() -> find("a", "</s>", "[END]"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            file + ": has no token '[END]' (endOfText): set endOfText to one of its tokens");

    configure("{\"eos_token\": \"[END]\"}");
    assertThatThrownBy(() -> find("a", "</s>", null))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(dir.resolve("tokenizer_config.json") + ": its eos_token '[END]'")
        .hasMessageEndingWith("is not in tokenizer.json: set endOfText to a token that is");
  }

  @Test
  void find_configurationNotJson_isRefused() throws IOException {
    configure("eos_token: a");

    assertThatThrownBy(() -> find("a", "</s>", null))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(dir.resolve("tokenizer_config.json") + ": not JSON: ");
  }
}
