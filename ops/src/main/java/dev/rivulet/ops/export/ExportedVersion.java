package dev.rivulet.ops.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.ops.console.RecordJson;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A version of a run's model that is exported.
 *
 * @param lineage manifests from the run's first checkpoint to this version's
 * @param version the model
 * @param reader reads the tensors of the log
 * @param config the base model's {@code config.json}
 */
record ExportedVersion(
    List<Manifest> lineage, ModelVersion version, TensorReader reader, ObjectNode config) {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROVENANCE = "rivulet.json";

  /** Opens a version; base model and reader stay the caller's to close. */
  static ExportedVersion of(
      CheckpointLog log,
      Manifest manifest,
      BaseModel base,
      TensorReader reader,
      Snapshots snapshots)
      throws IOException {
    JsonNode config = JSON.readTree(base.directory().resolve("config.json").toFile());
    if (!(config instanceof ObjectNode object)) {
      throw new UsageException(base.directory().resolve("config.json") + " holds no JSON object");
    }
    return new ExportedVersion(
        log.lineage(manifest),
        ModelVersion.of(base, log, manifest, reader, snapshots),
        reader,
        object);
  }

  Manifest manifest() {
    return version.manifest();
  }

  Task task() {
    return manifest().getLabels().isEmpty() ? Task.CAUSAL_LM : Task.CLASSIFICATION;
  }

  /** Returns the architecture: bert, roberta, llama, mistral or qwen2. */
  String modelType() {
    return config.path("model_type").asText();
  }

  /**
   * Returns the names of the model's tensors in the library transformers, by their names in the
   * base's files: those of a bare encoder lack what a classifier puts before them.
   */
  Map<String, String> names() {
    Map<String, String> names = new TreeMap<>();
    version.names().forEach(name -> names.put(name, name(name)));
    return names;
  }

  /** Returns the name in the library transformers of a tensor or module. */
  String name(String name) {
    boolean bare =
        name.startsWith("embeddings.") || name.startsWith("encoder.") || name.startsWith("pooler.");
    return bare ? modelType() + "." + name : name;
  }

  /** Returns what the files' headers tell of their origin. */
  Map<String, String> metadata() {
    return Map.of(
        "format", "pt", "run", manifest().getRun(), "checkpoint", manifest().getCheckpoint());
  }

  /** Writes where the version comes from, for people and audits. */
  void writeProvenance(Path folder) throws IOException {
    Manifest manifest = manifest();
    ObjectNode json = JSON.createObjectNode();
    json.put("run", manifest.getRun());
    json.put("checkpoint", manifest.getCheckpoint());
    json.put("step", manifest.getStep());
    json.put("method", manifest.getMethod());
    json.put("base", manifest.getModel());
    json.put("baseSha256", manifest.getBaseSha256());
    json.put("configSha256", manifest.getConfigSha256());
    json.set("metrics", RecordJson.of(manifest.getMetrics()));
    json.set("provenance", RecordJson.of(manifest.getProvenance()));
    write(folder.resolve(PROVENANCE), json);
  }

  static void write(Path file, JsonNode json) throws IOException {
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }
}
