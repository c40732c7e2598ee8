package dev.rivulet.ingest.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  /** Looks for the token where "mine" (12) was added, and 3 and 4 are in the vocabulary. */
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
  void find_usualName_isFound(String name) throws IOException {
    assertThat(find("a", name, null)).isEqualTo(4);
  }

  @Test
  void find_twoUsualNames_theFirstOfThemCounts() throws IOException {
    assertThat(find("<eos>", "</s>", null)).isEqualTo(4);
  }

  @Test
  void find_configuredByTheTokenizer_goesBeforeUsualNames() throws IOException {
    configure("{\"eos_token\": \"mine\"}");
    assertThat(find("a", "</s>", null)).isEqualTo(12);

    configure("{\"eos_token\": {\"content\": \"a\", \"lstrip\": false}}");
    assertThat(find("a", "</s>", null)).isEqualTo(3);

    configure("{\"eos_token\": null}");
    assertThat(find("a", "</s>", null)).isEqualTo(4);
  }

  @Test
  void find_named_goesBeforeAll() throws IOException {
    configure("{\"eos_token\": \"mine\"}");

    assertThat(find("a", "</s>", "a")).isEqualTo(3);
  }

  @Test
  void find_unigramVocabulary_isInTheOrderOfIds() throws IOException {
    assertThat(find("[[\"<unk>\", 0.0], [\"</s>\", 0.0], [\"a\", -1.5]]", null)).isEqualTo(1);
  }

  @Test
  void find_notThere_saysWhichNameWasLookedForAndWhere() throws IOException {
    Path file = dir.resolve("tokenizer.json");
    assertThatThrownBy(() -> find("a", "[SEP]", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ": none of [</s>, <|endoftext|>, <|end_of_text|>, <eos>]")
        .hasMessageEndingWith("name a token that does as endOfText");
    assertThatThrownBy(() -> find("a", "</s>", "[END]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(file + ": has no token '[END]', which endOfText names: name one that it has");

    configure("{\"eos_token\": \"[END]\"}");
    assertThatThrownBy(() -> find("a", "</s>", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(dir.resolve("tokenizer_config.json") + ": its eos_token '[END]'")
        .hasMessageEndingWith("no token of tokenizer.json: name one that is as endOfText");
  }

  @Test
  void find_settingsNotJson_isRefused() throws IOException {
    configure("eos_token: a");

    assertThatThrownBy(() -> find("a", "</s>", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(dir.resolve("tokenizer_config.json") + ": not JSON: ");
  }
}
