package dev.rivulet.ops.inference;

import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.ingest.tokenizer.TextCodec;
import dev.rivulet.ingest.tokenizer.TokenText;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.model.Continuation;
import dev.rivulet.trainer.model.Sampler;
import dev.rivulet.trainer.model.Transformer;
import java.util.function.Consumer;

/**
 * A request to a language model for text.
 *
 * @param prompt the text to continue; empty for a new text
 * @param tokens maximum number of new tokens
 * @param sampler chooses the tokens
 */
public record TextGeneration(String prompt, int tokens, Sampler sampler) {

  public TextGeneration {
    if (tokens < 1) {
      throw new UsageException("tokens %d: use 1 or more".formatted(tokens));
    }
  }

  /**
   * Writes the text.
   *
   * @param model a causal language model, used on the calling thread
   * @param tokenizer the model's tokenizer, and the token that ends a text
   * @param each receives the text after the prompt, piece by piece
   * @return the text after the prompt
   */
  public String write(Transformer model, PackerConfig tokenizer, Consumer<String> each) {
    try (TextCodec codec = new TextCodec(tokenizer.tokenizer(), tokenizer.endOfText())) {
      int[] ids = codec.prompt(prompt);
      TokenText text = new TokenText(codec, ids);
      StringBuilder all = new StringBuilder();
      Consumer<String> append =
          piece -> {
            all.append(piece);
            each.accept(piece);
          };
      new Continuation(model, sampler, codec.endToken())
          .write(ids, tokens, token -> append.accept(text.add(token)));
      append.accept(text.rest());
      return all.toString();
    }
  }
}
