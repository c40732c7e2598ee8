package dev.rivulet.schemas.adapter;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * PEFT's {@code adapter_config.json}. What is written has the keys of PEFT 0.21.
 *
 * @param source where it was read, for messages
 */
record AdapterConfig(String source, ObjectNode json) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TEMPLATE = "/peft/adapter_config.json";

  /** Keys that ask for another arithmetic where they are set. */
  private static final List<String> UNSUPPORTED =
      List.of(
          "use_dora",
          "use_qalora",
          "use_bdlora",
          "fan_in_fan_out",
          "lora_bias",
          "layer_replication",
          "alora_invocation_tokens",
          "target_parameters",
          "trainable_token_indices");

  static AdapterConfig read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such file: is it a PEFT adapter?");
    }
    JsonNode json = JSON.readTree(file.toFile());
    if (!(json instanceof ObjectNode object)) {
      throw new UsageException(file + " holds no JSON object");
    }
    AdapterConfig config = new AdapterConfig(file.toString(), object);
    config.requireSupported();
    return config;
  }

  private void requireSupported() {
    String type = json.path("peft_type").asText();
    if (!type.equals("LORA")) {
      throw new UsageException(
          "%s: peft_type %s is not supported; supported is LORA".formatted(source, type));
    }
    for (String key : UNSUPPORTED) {
      JsonNode value = json.path(key);
      if (value.asBoolean(value.isContainerNode() && !value.isEmpty())) {
        throw new UsageException("%s: %s is not supported".formatted(source, key));
      }
    }
  }

  /**
   * Describes an adapter.
   *
   * @param targets ends of the names of the adapted modules
   * @param saved ends of the names of the modules that are saved whole
   * @param biases whether biases of the adapted modules are
   */
  static AdapterConfig of(
      PeftAdapter adapter, List<String> targets, List<String> saved, boolean biases) {
    ObjectNode json = template();
    json.put("base_model_name_or_path", adapter.base());
    json.put("task_type", adapter.task() == Task.CLASSIFICATION ? "SEQ_CLS" : "CAUSAL_LM");
    json.put("bias", biases ? "all" : "none");
    int rank = mostFrequent(adapter, LoraModule::rank, 1);
    double alpha = mostFrequent(adapter, LoraModule::alpha, 1.0);
    json.put("r", rank);
    json.set("lora_alpha", number(alpha));
    ObjectNode ranks = json.putObject("rank_pattern");
    ObjectNode alphas = json.putObject("alpha_pattern");
    for (LoraModule module : adapter.modules()) {
      if (module.rank() != rank) {
        ranks.put(module.name(), module.rank());
      }
      if (module.alpha() != alpha) {
        alphas.set(module.name(), number(module.alpha()));
      }
    }
    ArrayNode targetNames = json.putArray("target_modules");
    targets.forEach(targetNames::add);
    if (!saved.isEmpty()) {
      ArrayNode savedNames = json.putArray("modules_to_save");
      saved.forEach(savedNames::add);
    }
    return new AdapterConfig(TEMPLATE, json);
  }

  private static <T extends Comparable<T>> T mostFrequent(
      PeftAdapter adapter, Function<LoraModule, T> value, T without) {
    Map<T, Long> counts =
        adapter.modules().stream().collect(Collectors.groupingBy(value, Collectors.counting()));
    return counts.entrySet().stream()
        .max(
            Map.Entry.<T, Long>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
        .map(Map.Entry::getKey)
        .orElse(without);
  }

  private static JsonNode number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? JSON.getNodeFactory().numberNode((long) value)
        : JSON.getNodeFactory().numberNode(value);
  }

  private static ObjectNode template() {
    try (InputStream in = AdapterConfig.class.getResourceAsStream(TEMPLATE)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its resource " + TEMPLATE);
      }
      return (ObjectNode) JSON.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("the program's resource " + TEMPLATE + " is damaged", e);
    }
  }

  /** Returns the file's text, as PEFT lays it out. */
  String text() throws IOException {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withArrayIndenter(indenter).withObjectIndenter(indenter);
    return JSON.writer(printer).writeValueAsString(json);
  }

  String base() {
    return json.path("base_model_name_or_path").asText("");
  }

  Task task() {
    String task = json.path("task_type").asText("");
    return switch (task) {
      case "SEQ_CLS" -> Task.CLASSIFICATION;
      case "CAUSAL_LM" -> Task.CAUSAL_LM;
      default ->
          throw new UsageException(
              "%s: task_type %s is not supported; supported are SEQ_CLS and CAUSAL_LM"
                  .formatted(source, task));
    };
  }

  /** Returns the rank of a module. */
  int rank(String module) {
    return pattern("rank_pattern", module, json.path("r")).asInt();
  }

  /** Returns the scale of a module's change. */
  double scale(String module) {
    double alpha = pattern("alpha_pattern", module, json.path("lora_alpha")).asDouble();
    int rank = rank(module);
    return json.path("use_rslora").asBoolean() ? alpha / Math.sqrt(rank) : alpha / rank;
  }

  /** Returns the value of the first key that the module's name ends with; keys are expressions. */
  private JsonNode pattern(String key, String module, JsonNode otherwise) {
    for (Map.Entry<String, JsonNode> entry : json.path(key).properties()) {
      if (module.matches("(.*\\.)?(" + entry.getKey() + ")")) {
        return entry.getValue();
      }
    }
    return otherwise;
  }
}
