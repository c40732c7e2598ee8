package dev.rivulet.trainer.config;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import java.nio.file.Path;
import java.util.List;

/**
 * The model that a run trains, and the form of its weights.
 *
 * @param path Hugging Face directory: config.json, model.safetensors, tokenizer.json
 * @param labels class names in the order of their indices; at least 2 for a classifier, none for a
 *     language model
 * @param trainEmbeddings whether the embedding matrices are trained
 * @param base form in which the frozen weights are kept
 * @param rounding rounding of the weights when factors are sealed into them
 */
public record ModelConfig(
    Path path,
    List<String> labels,
    boolean trainEmbeddings,
    BaseForm base,
    RoundingPolicy rounding) {

  public ModelConfig {
    labels = List.copyOf(labels);
  }

  /** Returns the same model with its weights in another form. */
  public ModelConfig with(BaseForm otherBase, RoundingPolicy otherRounding) {
    return new ModelConfig(path, labels, trainEmbeddings, otherBase, otherRounding);
  }
}
