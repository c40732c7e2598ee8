package dev.rivulet.ops.export;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.ops.console.RecordJson;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import dev.rivulet.schemas.version.ModelVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A version as the log has it: {@code factors.safetensors} with every factor and whole tensor of
 * its lineage, {@code factors.json} with their order, and a README that explains how to fold them
 * into the base model.
 */
final class FactorExport {
  private static final String README = "/export/factors.md";

  private final ExportedVersion source;
  private final Consumer<String> each;
  private final List<Tensor> tensors = new ArrayList<>();
  private final ObjectNode json = ExportedVersion.JSON.createObjectNode();

  /**
   * Makes the export of a version.
   *
   * @param each receives the name of each tensor before it is written
   */
  FactorExport(ExportedVersion source, Consumer<String> each) {
    this.source = source;
    this.each = each;
  }

  /**
   * Writes the three files.
   *
   * @param folder exists, and is empty
   */
  void write(Path folder) throws IOException {
    Manifest manifest = source.manifest();
    json.put("run", manifest.getRun());
    json.put("checkpoint", manifest.getCheckpoint());
    json.put("step", manifest.getStep());
    json.put("method", manifest.getMethod());
    json.put("baseForm", ModelVersion.baseForm(manifest).name());
    ObjectNode base = json.putObject("base");
    base.put("name", manifest.getModel());
    base.put("sha256", manifest.getBaseSha256());
    json.set("settings", ExportedVersion.JSON.readTree(manifest.getConfig()));
    ArrayNode sealed = json.putArray("sealed");
    ArrayNode scalars = json.putArray("scalars");
    for (Manifest ancestor : source.lineage()) {
      for (Factor factor : ancestor.getSealed()) {
        String at = "sealed/%06d/%s".formatted(sealed.size(), factor.getLayer());
        sealed.add(factor(factor, at).put("checkpoint", ancestor.getCheckpoint()));
      }
      if (ancestor.getScalars() != null) {
        String at = "scalars/" + ancestor.getCheckpoint();
        scalars.add(tensor(at, ancestor.getScalars()));
      }
    }
    ArrayNode open = json.putArray("open");
    manifest.getOpen().forEach(it -> open.add(factor(it, "open/" + it.getLayer())));
    ObjectNode dense = json.putObject("dense");
    manifest.getDense().forEach(it -> dense.put(it.getName(), tensor("dense/" + it.getName(), it)));
    ArrayNode manifests = json.putArray("manifests");
    source.lineage().forEach(it -> manifests.add(RecordJson.of(it)));
    SafetensorsWriter.write(
        folder.resolve("factors.safetensors"),
        Map.of("run", manifest.getRun(), "checkpoint", manifest.getCheckpoint()),
        tensors);
    ExportedVersion.write(folder.resolve("factors.json"), json);
    try (InputStream readme = FactorExport.class.getResourceAsStream(README)) {
      if (readme == null) {
        throw new IllegalStateException("the program lacks its resource " + README);
      }
      Files.copy(readme, folder.resolve("README.md"));
    }
  }

  private ObjectNode factor(Factor factor, String at) {
    ObjectNode node = ExportedVersion.JSON.createObjectNode();
    node.put("layer", factor.getLayer());
    node.put("refresh", factor.getRefresh());
    node.put("rank", factor.getRight().getShape().get(0));
    node.put("scale", factor.getScale());
    if (factor.getRounding() != null) {
      node.put("rounding", factor.getRounding());
    }
    node.put("left", tensor(at + ".L", factor.getLeft()));
    node.put("right", tensor(at + ".R", factor.getRight()));
    return node;
  }

  private String tensor(String name, TensorRef ref) {
    tensors.add(
        new Tensor(
            name,
            ref.getDtype(),
            ref.getShape(),
            () -> {
              each.accept(name);
              return ByteBuffer.wrap(source.reader().bytes(ref));
            }));
    return name;
  }
}
