package dev.rivulet.trainer.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings of one training run.
 *
 * @param run name of the run
 * @param model the model to train
 * @param stream name of the stream of batches to consume
 * @param seed seed of every random stream of the run
 * @param method the method and its own settings
 * @param optimization the optimizer steps
 * @param cadence intervals of evaluations and checkpoints
 * @param decisionTimeout how long a refresh waits for the rank monitor
 * @param memory which activations the forward pass keeps; empty: all of them where they fit
 * @param engine where and how the engine computes
 */
public record TrainerConfig(
    String run,
    ModelConfig model,
    String stream,
    long seed,
    MethodConfig method,
    OptimizationConfig optimization,
    CadenceConfig cadence,
    Duration decisionTimeout,
    Optional<MemoryMode> memory,
    EngineConfig engine) {

  /** How long a refresh waits for the rank monitor by default. */
  public static final Duration DECISION_TIMEOUT = Duration.ofSeconds(60);

  private static final ObjectMapper JSON = new ObjectMapper();

  public TrainerConfig {
    RunKey.requireValid(run);
  }

  /**
   * Returns the settings on which the result of the run depends, by name, as {@link #canonicalJson}
   * contains them. Checkpoints are compared by them: a key that exists keeps its name and value.
   */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("labels", model.labels());
    settings.put("stream", stream);
    settings.put("steps", optimization.steps());
    if (optimization.accumulate() > 1) {
      settings.put("accumulate", optimization.accumulate());
    }
    settings.put("learningRate", optimization.learningRate().peak());
    settings.put("warmupSteps", optimization.learningRate().warmupSteps());
    settings.put("schedule", optimization.learningRate().schedule().name());
    settings.put("clipNorm", optimization.clipNorm());
    settings.put("trainEmbeddings", model.trainEmbeddings());
    settings.put("seed", seed);
    settings.put("base", model.base().name());
    if (model.rounding() != RoundingPolicy.NEAREST) {
      settings.put("rounding", model.rounding().name());
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
   * Returns the settings that differ from those in a manifest of the run, each as "KEY was A, is
   * B"; none when the run can resume with these settings.
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

  /** Returns the settings that a manifest holds as JSON, by name. */
  public static Map<String, Object> settings(String json) {
    try {
      return JSON.readValue(json, new TypeReference<TreeMap<String, Object>>() {});
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
