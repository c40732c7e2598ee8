package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.trainer.method.MethodConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What one training run is asked to do.
 *
 * @param run name of the run
 * @param model Hugging Face directory: config.json, model.safetensors, tokenizer.json
 * @param labels class names, in the order of their indices; at least 2
 * @param stream the stream of batches to consume
 * @param method the method and its own settings
 * @param steps optimizer steps in all
 * @param learningRate peak learning rate
 * @param warmupSteps steps over which the learning rate rises from 0
 * @param schedule how it falls from there
 * @param clipNorm largest gradient norm that is applied; 0 for no clipping
 * @param trainEmbeddings whether the embedding matrices are trained too
 * @param seed seed of every random stream of the run
 * @param evaluateEvery steps between evaluations; the first is before step 1, the last at the end
 * @param checkpointEvery steps between checkpoints
 * @param decisionTimeout how long a refresh waits for the rank monitor
 * @param threads threads of the tensor engine; results are reproducible for a fixed number
 */
public record TrainerConfig(
    String run,
    Path model,
    List<String> labels,
    String stream,
    MethodConfig method,
    long steps,
    double learningRate,
    long warmupSteps,
    Schedule schedule,
    double clipNorm,
    boolean trainEmbeddings,
    long seed,
    long evaluateEvery,
    long checkpointEvery,
    Duration decisionTimeout,
    int threads) {

  /** How the learning rate falls after the warm-up. */
  public enum Schedule {
    CONSTANT,
    LINEAR,
    COSINE
  }

  public TrainerConfig {
    RunKey.requireValid(run);
    labels = List.copyOf(labels);
  }
}
