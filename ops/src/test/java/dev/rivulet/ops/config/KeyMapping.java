package dev.rivulet.ops.config;

import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LozoConfig;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A key of a configuration file and the component of the records that it sets.
 *
 * @param key name of the key, with its sections
 * @param fallback the default, as keys are listed; empty where there is none
 * @param value a value in YAML that is not the default
 * @param context further keys that the value needs, or that keep other components fixed
 * @param component reads the component
 * @param expected the component when the key has the value
 */
record KeyMapping(
    String key,
    String fallback,
    String value,
    Map<String, String> context,
    Function<RunConfig, Object> component,
    Object expected) {

  static KeyMapping mapping(
      String key,
      String fallback,
      String value,
      Function<RunConfig, Object> component,
      Object expected) {
    return new KeyMapping(key, fallback, value, Map.of(), component, expected);
  }

  static KeyMapping adamw(
      String key,
      String fallback,
      String value,
      Function<AdamWConfig, Object> component,
      Object expected) {
    return ofMethod("adamw", AdamWConfig.class, key, fallback, value, component, expected);
  }

  static KeyMapping adaRankGrad(
      String key,
      String fallback,
      String value,
      Function<AdaRankGradConfig, Object> component,
      Object expected) {
    return ofMethod(
        "adarankgrad", AdaRankGradConfig.class, key, fallback, value, component, expected);
  }

  static KeyMapping loqt(
      String key,
      String fallback,
      String value,
      Function<LoqtConfig, Object> component,
      Object expected) {
    return ofMethod("loqt", LoqtConfig.class, key, fallback, value, component, expected);
  }

  static KeyMapping lora(
      String key,
      String fallback,
      String value,
      Function<LoraConfig, Object> component,
      Object expected) {
    return ofMethod("lora", LoraConfig.class, key, fallback, value, component, expected);
  }

  static KeyMapping lozo(
      String key,
      String fallback,
      String value,
      Function<LozoConfig, Object> component,
      Object expected) {
    return ofMethod("lozo", LozoConfig.class, key, fallback, value, component, expected);
  }

  /** Maps a key of a method's section; the component is empty where the run has another method. */
  static <C> KeyMapping ofMethod(
      String name,
      Class<C> type,
      String key,
      String fallback,
      String value,
      Function<C, Object> component,
      Object expected) {
    return new KeyMapping(
        name + "." + key,
        fallback,
        value,
        Map.of("train.method", name),
        config ->
            Optional.of(config.trainer().method())
                .filter(type::isInstance)
                .map(type::cast)
                .map(component),
        Optional.of(expected));
  }

  /** Returns the same mapping with one more key in its context. */
  KeyMapping with(String otherKey, String otherValue) {
    Map<String, String> more = new TreeMap<>(context);
    more.put(otherKey, otherValue);
    return new KeyMapping(key, fallback, value, more, component, expected);
  }

  /** Returns whether the component exists in runs of one method only. */
  boolean isOfMethod() {
    return context.containsKey("train.method");
  }

  @Override
  public String toString() {
    return key;
  }
}
