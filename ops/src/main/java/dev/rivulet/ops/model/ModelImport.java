package dev.rivulet.ops.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.model.OnnxBert.Parameter;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The way of a pretrained model into a Hugging Face directory. */
public final class ModelImport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ModelImport() {}

  /** Returns whether a directory holds a whole imported model. */
  public static boolean isDone(Path directory) {
    return Files.isRegularFile(directory.resolve("NOTICE"));
  }

  /**
   * Writes config.json, model.safetensors, tokenizer.json and NOTICE (the origin and the licence).
   *
   * <p>The weights are exactly those of the ONNX file. The tokenizer is left as it is, with its
   * settings for truncation and padding. The NOTICE is written last: with it the model is whole.
   *
   * @param directory made when missing
   * @throws IOException when the source is not a BERT encoder and its tokenizer
   */
  public static void write(ModelSource source, Path directory) throws IOException {
    OnnxBert bert = OnnxBert.in(source.onnx());
    requireTokenizer(source, bert.config());
    List<Tensor> tensors =
        bert.parameters().entrySet().stream().map(e -> tensor(e.getKey(), e.getValue())).toList();
    Files.createDirectories(directory);
    Files.deleteIfExists(directory.resolve("NOTICE"));
    Files.writeString(directory.resolve("config.json"), bert.config().json());
    Files.writeString(directory.resolve("tokenizer.json"), source.tokenizer());
    SafetensorsWriter.write(
        directory.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
    Files.writeString(
        directory.resolve("NOTICE"),
        "%s\nSHA-256 of the ONNX file: %s\nChanged by Rivulet in form only: ONNX to safetensors\n"
            .formatted(source.origin(), Digests.hex(Digests.sha256(source.onnx()))));
  }

  private static Tensor tensor(String name, Parameter parameter) {
    return new Tensor(name, DType.F32, parameter.shape(), parameter::data);
  }

  private static void requireTokenizer(ModelSource source, BertConfig config) throws IOException {
    JsonNode vocabulary;
    try {
      vocabulary = JSON.readTree(source.tokenizer()).path("model").path("vocab");
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "the tokenizer of %s is not JSON: %s".formatted(source.onnx(), e.getOriginalMessage()),
          e);
    }
    if (vocabulary.isEmpty() || vocabulary.size() > config.vocabulary()) {
      throw new UsageException(
          "the tokenizer of %s knows %d tokens, the model %d: they do not belong together"
              .formatted(source.onnx(), vocabulary.size(), config.vocabulary()));
    }
  }
}
