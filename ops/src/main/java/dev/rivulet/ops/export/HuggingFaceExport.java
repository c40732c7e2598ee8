package dev.rivulet.ops.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.schemas.tensor.ElementType;
import dev.rivulet.schemas.tensor.Half;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A version as a Hugging Face directory: {@code config.json}, {@code model.safetensors}, and the
 * base's tokenizer files. One tensor at a time is in memory.
 *
 * @param source the version
 * @param elements type of the elements of its tensors
 */
record HuggingFaceExport(ExportedVersion source, Elements elements) {
  private static final Set<ElementType> FLOATS =
      EnumSet.of(ElementType.F32, ElementType.BF16, ElementType.F16);

  /** What goes along with a model, as the base has it. */
  private static final List<String> COMPANIONS =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "tokenizer.model",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja",
          "generation_config.json",
          "NOTICE",
          "LICENSE");

  private static final Map<String, String> CLASSIFIERS =
      Map.of(
          "bert", "BertForSequenceClassification", "roberta", "RobertaForSequenceClassification");
  private static final Map<String, String> LANGUAGE_MODELS =
      Map.of(
          "llama", "LlamaForCausalLM",
          "mistral", "MistralForCausalLM",
          "qwen2", "Qwen2ForCausalLM");

  /** The type of a tensor's elements. */
  enum Elements {
    /** Each tensor's as in the base model; a new tensor's as most of the base has it. */
    BASE,
    F32,
    BF16,
    F16
  }

  /**
   * Writes the directory.
   *
   * @param folder exists, and is empty
   * @param each receives the name of each tensor before it is written
   */
  void write(Path folder, Consumer<String> each) throws IOException {
    ModelVersion version = source.version();
    List<Tensor> tensors = new ArrayList<>();
    source
        .names()
        .forEach(
            (name, exported) -> {
              DType type = type(name);
              tensors.add(
                  new Tensor(
                      exported,
                      type,
                      version.shape(name),
                      () -> {
                        each.accept(exported);
                        return bytes(name, type);
                      }));
            });
    SafetensorsWriter.write(folder.resolve("model.safetensors"), source.metadata(), tensors);
    ExportedVersion.write(folder.resolve("config.json"), config());
    for (String file : COMPANIONS) {
      Path original = version.base().directory().resolve(file);
      if (Files.isRegularFile(original)) {
        Files.copy(original, folder.resolve(file));
      }
    }
    source.writeProvenance(folder);
  }

  private DType type(String name) {
    BaseModel base = source.version().base();
    boolean known = base.has(name);
    if (known && !FLOATS.contains(base.entry(name).type())) {
      return base.entry(name).dtype();
    }
    return switch (elements) {
      case BASE -> known ? base.entry(name).dtype() : usualType(base);
      case F32 -> DType.F32;
      case BF16 -> DType.BF16;
      case F16 -> DType.F16;
    };
  }

  /** Returns the type that most elements of a model have. */
  private static DType usualType(BaseModel base) {
    DType usual = DType.F32;
    long most = 0;
    for (ElementType type : FLOATS) {
      long elements =
          base.names().stream()
              .map(base::entry)
              .filter(entry -> entry.type() == type)
              .mapToLong(entry -> entry.elements())
              .sum();
      if (elements > most) {
        most = elements;
        usual = type.dtype().orElseThrow();
      }
    }
    return usual;
  }

  private ByteBuffer bytes(String name, DType type) {
    ModelVersion version = source.version();
    if (version.isBase(name) && version.base().entry(name).type() == ElementType.of(type)) {
      return version.base().bytes(name);
    }
    float[] values = version.floats(name);
    return switch (type) {
      case F32 -> ByteBuffer.wrap(LittleEndian.bytes(values));
      case BF16 -> shorts(Bfloat16.toBits(values));
      case F16 -> shorts(Half.toBits(values));
      case I32, I64, U8 -> throw new IllegalStateException("tensor %s is %s".formatted(name, type));
    };
  }

  private static ByteBuffer shorts(short[] bits) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(bits.length, Short.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(bits);
    return bytes;
  }

  /** Returns the base's configuration, and what has become of the model since. */
  private ObjectNode config() {
    ObjectNode config = source.config().deepCopy();
    boolean classifier = source.task() == Task.CLASSIFICATION;
    String architecture = (classifier ? CLASSIFIERS : LANGUAGE_MODELS).get(source.modelType());
    if (architecture == null) {
      throw new UsageException(
          "model_type %s: there is no export of a %s of it"
              .formatted(source.modelType(), classifier ? "classifier" : "language model"));
    }
    config.putArray("architectures").add(architecture);
    if (classifier) {
      ObjectNode names = config.putObject("id2label");
      ObjectNode numbers = config.putObject("label2id");
      List<String> labels = source.manifest().getLabels();
      for (int i = 0; i < labels.size(); i++) {
        names.put(Integer.toString(i), labels.get(i));
        numbers.put(labels.get(i), i);
      }
      config.remove("num_labels");
      config.put("problem_type", "single_label_classification");
    }
    if (elements != Elements.BASE) {
      String type =
          switch (elements) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            case BASE, F32 -> "float32";
          };
      config.put(config.has("dtype") ? "dtype" : "torch_dtype", type);
    }
    return config;
  }
}
