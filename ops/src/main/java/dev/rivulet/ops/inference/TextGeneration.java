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
 * What a language model is asked to write.
 *
 * @param prompt the text that it goes on with; empty for a text from its beginning
 * @param tokens the most tokens that it may add
 * @param sampler how it chooses them
 */
public record TextGeneration(String prompt, int tokens, Sampler sampler) {

  public TextGeneration {
    if (tokens < 1) {
      throw new UsageException("tokens %d: use 1 or more".formatted(tokens));
    }
  }

  /**
   * Writes.
   *
   * @param model a causal language model, used on the calling thread
   * @param tokenizer names the model's tokenizer, and the token that ends a text
   * @param each gets the text that follows the prompt, as it comes
   * @return that text as a whole
   */
  public String write(Transformer model, PackerConfig tokenizer, Consumer<String> each) {
    try (TextCodec codec = new TextCodec(tokenizer.tokenizer(), tokenizer.endOfText())) {
      int[] ids = codec.prompt(prompt);
      TokenText text = new TokenText(codec, ids);
      StringBuilder all = new StringBuilder();
      Consumer<String> tell =
          piece -> {
            all.append(piece);
            each.accept(piece);
          };
      new Continuation(model, sampler, codec.endToken())
          .write(ids, tokens, token -> tell.accept(text.add(token)));
      tell.accept(text.rest());
      return all.toString();
    }
  }
}
