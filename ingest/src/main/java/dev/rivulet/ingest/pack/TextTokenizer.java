package dev.rivulet.ingest.pack;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** A Hugging Face tokenizer, as the packer uses it. */
final class TextTokenizer implements AutoCloseable {
  /** Names of tokens that end a text, for a tokenizer whose configuration names none. */
  private static final List<String> END_TOKENS =
      List.of("</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "<|im_end|>", "[SEP]");

  private final HuggingFaceTokenizer tokenizer;
  private final Task task;
  private final int maxLength;
  private final String sha256;
  private final int endToken;

  /**
   * Loads a tokenizer.
   *
   * @throws IllegalArgumentException when the file cannot be read, is no tokenizer, or lacks what
   *     the task needs: the message names it
   */
  TextTokenizer(Path file, Task task, int maxLength) {
    this.task = task;
    this.maxLength = maxLength;
    try {
      this.sha256 = Digests.hex(Digests.sha256(file));
      this.tokenizer =
          HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("%s: not a readable tokenizer: %s".formatted(file, e), e);
    }
    try {
      this.endToken = task == Task.CAUSAL_LM ? endToken(file) : -1;
    } catch (IOException | RuntimeException e) {
      tokenizer.close();
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Returns the SHA-256 of the tokenizer file, in hex. */
  String sha256() {
    return sha256;
  }

  TokenizedSample tokenize(Sample sample, int label, SourceOffset source) {
    return switch (task) {
      case CLASSIFICATION -> sequence(sample, label, source);
      case CAUSAL_LM -> passage(sample, source);
    };
  }

  /** A text or pair with its special tokens, truncated in between them. */
  private TokenizedSample sequence(Sample sample, int label, SourceOffset source) {
    Encoding encoding =
        sample.getPair() == null
            ? tokenizer.encode(sample.getText(), true, false)
            : tokenizer.encode(sample.getText(), sample.getPair(), true, false);
    int[] kept = kept(encoding.getSpecialTokenMask(), encoding.getSequenceIds());
    int[] ids = Arrays.stream(kept).map(i -> (int) encoding.getIds()[i]).toArray();
    byte[] types = new byte[kept.length];
    for (int i = 0; i < kept.length; i++) {
      types[i] = (byte) encoding.getTypeIds()[kept[i]];
    }
    return new TokenizedSample(ids, types, label, source);
  }

  /** The text, and its pair after it, each closed by the end token, however long. */
  private TokenizedSample passage(Sample sample, SourceOffset source) {
    IntStream ids = closed(sample.getText());
    if (sample.getPair() != null) {
      ids = IntStream.concat(ids, closed(sample.getPair()));
    }
    int[] all = ids.toArray();
    return new TokenizedSample(all, new byte[all.length], -1, source);
  }

  private IntStream closed(String text) {
    IntStream ids =
        Arrays.stream(tokenizer.encode(text, false, false).getIds()).mapToInt(Math::toIntExact);
    return IntStream.concat(ids, IntStream.of(endToken));
  }

  /**
   * Returns the positions that truncation keeps: all special tokens, and the heads of the texts.
   */
  private int[] kept(long[] special, long[] sequence) {
    int specials = (int) Arrays.stream(special).filter(mask -> mask == 1).count();
    int pair = 0;
    for (int i = 0; i < special.length; i++) {
      pair += special[i] == 0 && sequence[i] == 1 ? 1 : 0;
    }
    int[] room = new int[2];
    Truncation kept =
        Truncation.longestFirst(special.length - specials - pair, pair, maxLength - specials);
    room[0] = kept.first();
    room[1] = kept.second();
    return IntStream.range(0, special.length)
        .filter(i -> special[i] == 1 || room[sequence[i] == 1 ? 1 : 0]-- > 0)
        .toArray();
  }

  /** Returns the id of the token that ends a text: the configured one, or else a well-known one. */
  private int endToken(Path file) throws IOException {
    JsonMapper json = new JsonMapper();
    Set<String> known = new LinkedHashSet<>();
    for (JsonNode token : json.readTree(file.toFile()).path("added_tokens")) {
      known.add(token.path("content").asText());
    }
    Path settings = file.resolveSibling("tokenizer_config.json");
    Set<String> wanted = new LinkedHashSet<>();
    if (Files.exists(settings)) {
      JsonNode configured = json.readTree(settings.toFile()).path("eos_token");
      wanted.add(configured.isObject() ? configured.path("content").asText() : configured.asText());
    }
    wanted.addAll(END_TOKENS);
    wanted.retainAll(known);
    for (String token : wanted) {
      long[] ids = tokenizer.encode(token, false, false).getIds();
      if (ids.length == 1) {
        return Math.toIntExact(ids[0]);
      }
    }
    throw new IOException(
        "%s: no token ends a text: name one as eos_token in %s"
            .formatted(file, settings.getFileName()));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
