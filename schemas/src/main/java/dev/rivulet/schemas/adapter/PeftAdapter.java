package dev.rivulet.schemas.adapter;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsFile.Entry;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A LoRA adapter as PEFT keeps it: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}.
 *
 * <p>Names are those of the tensors of the whole model in Hugging Face files, without PEFT's {@code
 * base_model.model.} before them.
 *
 * <pre>{@code
 * PeftAdapter adapter = PeftAdapter.read(Path.of("adapter"));
 * adapter.modules().forEach(module -> System.out.println(module.name() + " " + module.rank()));
 * }</pre>
 *
 * @param base name or path of the base model
 * @param task what the model does
 * @param modules the low-rank changes
 * @param whole tensors that replace the base's, by name: a classifier's head, biases, norms
 */
public record PeftAdapter(
    String base, Task task, List<LoraModule> modules, Map<String, WholeTensor> whole) {
  static final String CONFIG = "adapter_config.json";
  static final String TENSORS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final String BIAS = ".bias";
  private static final String BASE_BIAS = ".base_layer.bias";

  /**
   * A tensor, as files have it.
   *
   * @param shape outermost first
   * @param values row-major
   */
  public record WholeTensor(List<Long> shape, float[] values) {}

  public PeftAdapter {
    modules = List.copyOf(modules);
    whole = new TreeMap<>(whole);
  }

  /** Returns the same adapter with all modules padded with zeros to the highest rank. */
  public PeftAdapter uniform() {
    int highest = modules.stream().mapToInt(LoraModule::rank).max().orElse(1);
    return new PeftAdapter(
        base, task, modules.stream().map(module -> module.padded(highest)).toList(), whole);
  }

  /**
   * Reads an adapter.
   *
   * @throws IOException when a file is missing or damaged
   * @throws UsageException when it is no LoRA adapter, or asks for what is not supported: the
   *     message names file and key
   */
  public static PeftAdapter read(Path directory) throws IOException {
    AdapterConfig config = AdapterConfig.read(directory.resolve(CONFIG));
    Path path = directory.resolve(TENSORS);
    List<LoraModule> modules = new ArrayList<>();
    Map<String, WholeTensor> whole = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (Entry entry : file.entries().values()) {
        String name = withoutPrefix(path, entry.name());
        if (name.endsWith(A)) {
          modules.add(module(config, file, entry));
        } else if (name.endsWith(BASE_BIAS)) {
          String module = name.substring(0, name.length() - BASE_BIAS.length());
          whole.put(module + BIAS, new WholeTensor(entry.shape(), file.floats(entry.name())));
        } else if (name.contains(".lora_") && !name.endsWith(B)) {
          throw new UsageException(
              "%s: tensor %s is not supported; supported are adapters of linear layers"
                  .formatted(path, entry.name()));
        } else if (!name.endsWith(B)) {
          whole.put(name, new WholeTensor(entry.shape(), file.floats(entry.name())));
        }
      }
    }
    return new PeftAdapter(config.base(), config.task(), modules, whole);
  }

  private static String withoutPrefix(Path path, String name) {
    if (!name.startsWith(PREFIX)) {
      throw new UsageException(
          "%s: tensor %s does not begin with %s, as PEFT's do".formatted(path, name, PREFIX));
    }
    return name.substring(PREFIX.length());
  }

  private static LoraModule module(AdapterConfig config, SafetensorsFile file, Entry a) {
    String key = a.name().substring(0, a.name().length() - A.length());
    Entry b = file.entry(key + B);
    String name = key.substring(PREFIX.length());
    int rank = config.rank(name);
    if (a.shape().size() != 2
        || b.shape().size() != 2
        || a.shape().get(0) != rank
        || b.shape().get(1) != rank) {
      throw new UsageException(
          "%s: module %s has A %s and B %s, and %s says rank %d"
              .formatted(file.path(), name, a.shape(), b.shape(), CONFIG, rank));
    }
    return new LoraModule(
        name,
        Math.toIntExact(a.shape().get(1)),
        Math.toIntExact(b.shape().get(0)),
        rank,
        config.scale(name),
        file.floats(a.name()),
        file.floats(b.name()));
  }

  /**
   * Writes the adapter's two files.
   *
   * @param directory exists
   * @param tensors names of all tensors of the model, so that the modules meant can be told from
   *     the others by the ends of their names
   * @throws IOException when a file cannot be written
   */
  public void write(Path directory, Set<String> tensors) throws IOException {
    Set<String> adapted = new TreeSet<>();
    List<Tensor> files = new ArrayList<>();
    for (LoraModule module : modules) {
      adapted.add(module.name());
      long rank = module.rank();
      files.add(
          Tensor.of(PREFIX + module.name() + A, List.of(rank, (long) module.in()), module.a()));
      files.add(
          Tensor.of(PREFIX + module.name() + B, List.of((long) module.out(), rank), module.b()));
    }
    boolean biases = false;
    Set<String> saved = new TreeSet<>();
    for (Map.Entry<String, WholeTensor> entry : whole.entrySet()) {
      String module = ModuleNames.of(entry.getKey());
      String name = entry.getKey();
      if (adapted.contains(module)) {
        biases = true;
        name = module + BASE_BIAS;
      } else {
        saved.add(module);
      }
      files.add(Tensor.of(PREFIX + name, entry.getValue().shape(), entry.getValue().values()));
    }
    ModuleNames names = ModuleNames.ofTensors(tensors);
    AdapterConfig config =
        AdapterConfig.of(this, names.ends(adapted), names.savedEnds(task, saved), biases);
    Files.writeString(directory.resolve(CONFIG), config.text());
    SafetensorsWriter.write(directory.resolve(TENSORS), Map.of("format", "pt"), files);
  }
}
