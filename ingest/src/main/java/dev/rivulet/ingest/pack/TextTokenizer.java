package dev.rivulet.ingest.pack;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.rivulet.ingest.tokenizer.EndOfText;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A Hugging Face tokenizer that turns samples into token ids for a task. */
final class TextTokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final Task task;
  private final int maxLength;
  private final String sha256;
  private final int endToken;

  /**
   * Loads a tokenizer.
   *
   * @param endOfText name of the token that ends a text in language modelling; null to use the
   *     tokenizer's own
   * @throws UsageException when the file cannot be read, is not a tokenizer, or lacks the
   *     end-of-text token: the message names the file
   */
  TextTokenizer(Path file, Task task, int maxLength, @Nullable String endOfText) {
    this.task = task;
    this.maxLength = maxLength;
    try {
      this.sha256 = Digests.hex(Digests.sha256(file));
      this.tokenizer =
          HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"));
    } catch (IOException | RuntimeException e) {
      throw new UsageException("%s: not a readable tokenizer: %s".formatted(file, e), e);
    }
    try {
      this.endToken = task == Task.CAUSAL_LM ? EndOfText.find(file, endOfText) : -1;
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** Returns the SHA-256 of the tokenizer file, in hex. */
  String sha256() {
    return sha256;
  }

  /**
   * Returns what the ids of a sample depend on: the file and, for language modelling, the end
   * token.
   */
  String identity() {
    return switch (task) {
      case CLASSIFICATION -> sha256;
      case CAUSAL_LM -> sha256 + "+" + endToken;
    };
  }

  TokenizedSample tokenize(Sample sample, int label, SourceOffset source) {
    return switch (task) {
      case CLASSIFICATION -> sequence(sample, label, source);
      case CAUSAL_LM -> passage(sample, source);
    };
  }

  /** Returns a text or pair with its special tokens, which truncation keeps. */
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

  /**
   * Returns the text and its pair, concatenated, untruncated and closed by the end token. Each is
   * tokenized on its own, so that the text has the same ids with and without a pair.
   */
  private TokenizedSample passage(Sample sample, SourceOffset source) {
    IntStream ids = plain(sample.getText());
    if (sample.getPair() != null) {
      ids = IntStream.concat(ids, plain(sample.getPair()));
    }
    int[] closed = IntStream.concat(ids, IntStream.of(endToken)).toArray();
    return new TokenizedSample(closed, new byte[0], -1, source);
  }

  /** Returns the ids of a text without special tokens. */
  private IntStream plain(String text) {
    return Arrays.stream(tokenizer.encode(text, false, false).getIds()).mapToInt(Math::toIntExact);
  }

  /**
   * Returns the positions that truncation keeps: all special tokens, and the start of each text.
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

  @Override
  public void close() {
    tokenizer.close();
  }
}
