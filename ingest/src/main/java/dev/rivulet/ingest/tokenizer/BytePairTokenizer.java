package dev.rivulet.ingest.tokenizer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A byte-level tokenizer like that of GPT-2: encoding and decoding any text returns its exact
 * bytes.
 *
 * @param tokens in the order of their ids, spelled in the {@link ByteAlphabet}; the first ends a
 *     text
 * @param merges pairs of tokens, with a space between them, in the order in which they are applied
 */
public record BytePairTokenizer(List<String> tokens, List<String> merges) {
  /** The token that ends a text. */
  public static final String END_OF_TEXT = "<|endoftext|>";

  private static final JsonMapper JSON = new JsonMapper();

  public BytePairTokenizer {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
  }

  /**
   * Writes {@code tokenizer.json} and {@code tokenizer_config.json} to a Hugging Face directory,
   * and replaces existing ones.
   *
   * @param directory created if missing
   * @return the path of {@code tokenizer.json}
   */
  public Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("tokenizer.json");
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), file());
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("tokenizer_class", "PreTrainedTokenizerFast");
    settings.put("eos_token", END_OF_TEXT);
    settings.put("clean_up_tokenization_spaces", false);
    JSON.writerWithDefaultPrettyPrinter()
        .writeValue(directory.resolve("tokenizer_config.json").toFile(), settings);
    return file;
  }

  private Map<String, @Nullable Object> file() {
    Map<String, Object> endOfText = new LinkedHashMap<>();
    endOfText.put("id", 0);
    endOfText.put("content", END_OF_TEXT);
    for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      endOfText.put(flag, false);
    }
    endOfText.put("special", true);
    Map<String, @Nullable Object> file = new LinkedHashMap<>();
    file.put("version", "1.0");
    file.put("truncation", null);
    file.put("padding", null);
    file.put("added_tokens", List.of(endOfText));
    file.put("normalizer", null);
    file.put("pre_tokenizer", byteLevel());
    file.put("post_processor", null);
    file.put("decoder", byteLevel());
    file.put("model", model());
    return file;
  }

  private static Map<String, Object> byteLevel() {
    Map<String, Object> byteLevel = new LinkedHashMap<>();
    byteLevel.put("type", "ByteLevel");
    byteLevel.put("add_prefix_space", false);
    byteLevel.put("trim_offsets", true);
    byteLevel.put("use_regex", true);
    return byteLevel;
  }

  private Map<String, @Nullable Object> model() {
    Map<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    Map<String, @Nullable Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("dropout", null);
    model.put("unk_token", null);
    model.put("continuing_subword_prefix", null);
    model.put("end_of_word_suffix", null);
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("vocab", ids);
    model.put("merges", merges);
    return model;
  }
}
