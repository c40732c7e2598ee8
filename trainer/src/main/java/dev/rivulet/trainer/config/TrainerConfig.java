package dev.rivulet.trainer.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one training run is asked to do.
 *
 * @param run name of the run
 * @param model Hugging Face directory: config.json, model.safetensors, tokenizer.json
 * @param labels class names, in the order of their indices; at least 2
 * @param stream the stream of batches to consume
 * @param method the method and its own settings
 * @param steps optimizer steps in all
 * @param accumulate batches of a step, whose gradients are accumulated; the last step of a stream
 *     may have fewer
 * @param learningRate peak learning rate
 * @param warmupSteps steps over which the learning rate rises from 0
 * @param schedule how it falls from there
 * @param clipNorm largest gradient norm that is applied; 0 for no clipping
 * @param trainEmbeddings whether the embedding matrices are trained too
 * @param seed seed of every random stream of the run
 * @param evaluateEvery steps between evaluations; the first is before step 1, the last at the end
 * @param checkpointEvery steps between checkpoints
 * @param decisionTimeout how long a refresh waits for the rank monitor
 * @param base how the frozen weights are kept
 * @param rounding how they are rounded when factors are sealed into them
 * @param memory what the forward pass keeps; empty: everything where that fits
 * @param engine where and how the engine computes
 */
public record TrainerConfig(
    String run,
    Path model,
    List<String> labels,
    String stream,
    MethodConfig method,
    long steps,
    int accumulate,
    double learningRate,
    long warmupSteps,
    Schedule schedule,
    double clipNorm,
    boolean trainEmbeddings,
    long seed,
    long evaluateEvery,
    long checkpointEvery,
    Duration decisionTimeout,
    BaseForm base,
    RoundingPolicy rounding,
    Optional<MemoryMode> memory,
    EngineConfig engine) {

  private static final ObjectMapper JSON = new ObjectMapper();

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

  /** Returns what the run's result depends on, by name, as {@link #canonicalJson} holds it. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("labels", labels);
    settings.put("stream", stream);
    settings.put("steps", steps);
    if (accumulate > 1) {
      settings.put("accumulate", accumulate);
    }
    settings.put("learningRate", learningRate);
    settings.put("warmupSteps", warmupSteps);
    settings.put("schedule", schedule.name());
    settings.put("clipNorm", clipNorm);
    settings.put("trainEmbeddings", trainEmbeddings);
    settings.put("seed", seed);
    settings.put("base", base.name());
    if (rounding != RoundingPolicy.NEAREST) {
      settings.put("rounding", rounding.name());
    }
    settings.put("precision", engine.precision().map(Precision::name).orElse("AUTO"));
    settings.put("threads", engine.threads());
    settings.put("method", method.name());
    settings.putAll(method.settings());
    return settings;
  }

  /** Returns the settings as JSON with sorted keys. */
  public String canonicalJson() {
    try {
      return JSON.writeValueAsString(settings());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns which settings are not those that a manifest of the run tells, each as "KEY was A, is
   * B"; none when the run may go on with them.
   *
   * @param json the manifest's configuration
   */
  public List<String> differencesFrom(String json) {
    if (json.equals(canonicalJson())) {
      return List.of();
    }
    Map<String, Object> before = settings(json);
    Map<String, Object> now = settings(canonicalJson());
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    return keys.stream()
        .filter(key -> !Objects.equals(before.get(key), now.get(key)))
        .map(key -> "%s was %s, is %s".formatted(key, before.get(key), now.get(key)))
        .toList();
  }

  public static Map<String, Object> settings(String json) {
    try {
      return JSON.readValue(json, new TypeReference<TreeMap<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
