package dev.rivulet.ops.export;

import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.adapter.LoraModule;
import dev.rivulet.schemas.adapter.PeftAdapter;
import dev.rivulet.schemas.adapter.PeftAdapter.WholeTensor;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.version.Matrix;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.TensorNames;
import dev.rivulet.trainer.spectrum.BestRank;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A version as a PEFT adapter of its base model.
 *
 * <p>Where all that a run has changed in its layers is their overlays, as with LoRA, the adapter is
 * that change. Elsewhere it is the best of a given rank, layer by layer. What is trained whole
 * comes along whole.
 *
 * @param adapter the adapter
 * @param errors how far each layer's change is from what it stands for
 */
record PeftExport(PeftAdapter adapter, List<LayerError> errors) {

  /**
   * How far the change of a layer in the adapter is from the run's.
   *
   * @param norm Frobenius norm of the run's change
   * @param rest Frobenius norm of what the adapter leaves out of it
   */
  record LayerError(String layer, int rank, double norm, double rest) {
    double relative() {
      return norm == 0 ? 0 : rest / norm;
    }
  }

  /** Returns whether a version is its base, overlays of its layers, and whole tensors. */
  static boolean isExact(ExportedVersion source) {
    Manifest manifest = source.manifest();
    boolean folded =
        source.lineage().stream()
            .anyMatch(it -> !it.getSealed().isEmpty() || it.getScalars() != null);
    boolean layersWhole =
        manifest.getDense().stream()
            .anyMatch(tensor -> TensorNames.isLayer(tensor.getName(), tensor.getShape()));
    return !folded && !layersWhole && !manifest.getOpen().isEmpty();
  }

  /**
   * Makes the adapter of a version that is {@linkplain #isExact exact} as one.
   *
   * @param base name or path of the base model
   */
  static PeftExport exact(ExportedVersion source, String base) {
    List<LoraModule> modules = new ArrayList<>();
    List<LayerError> errors = new ArrayList<>();
    for (Factor open : source.manifest().getOpen()) {
      int in = Math.toIntExact(open.getLeft().getShape().get(0));
      int rank = Math.toIntExact(open.getLeft().getShape().get(1));
      int out = Math.toIntExact(open.getRight().getShape().get(1));
      if (rank > 0) {
        modules.add(
            new LoraModule(
                source.name(open.getLayer()),
                in,
                out,
                rank,
                open.getScale(),
                Matrix.transposed(source.reader().floats(open.getLeft()), in, rank),
                Matrix.transposed(source.reader().floats(open.getRight()), rank, out)));
        errors.add(new LayerError(open.getLayer(), rank, 0, 0));
      }
    }
    return new PeftExport(
        new PeftAdapter(base, source.task(), modules, whole(source)), List.copyOf(errors));
  }

  /**
   * Makes an adapter that is as near to a version as one of its rank can be.
   *
   * @param base name or path of the base model
   * @param rank of each layer's change, where the layer is as wide
   * @param each receives the name of each layer before it is written
   */
  static PeftExport nearest(
      ExportedVersion source, String base, int rank, EngineConfig engine, Consumer<String> each) {
    ModelVersion version = source.version();
    List<LoraModule> modules = new ArrayList<>();
    List<LayerError> errors = new ArrayList<>();
    try (Kernels kernels = engine.load()) {
      for (String name : changedLayers(version)) {
        each.accept(name);
        int out = Math.toIntExact(version.shape(name).get(0));
        int in = Math.toIntExact(version.shape(name).get(1));
        float[] change = version.floats(name);
        float[] before = version.base().floats(name);
        for (int i = 0; i < change.length; i++) {
          change[i] -= before[i];
        }
        BestRank best = BestRank.of(kernels, change, out, in, rank);
        String layer = TensorNames.layer(name);
        modules.add(
            new LoraModule(source.name(layer), in, out, best.rank(), 1, best.right(), best.left()));
        errors.add(new LayerError(layer, best.rank(), best.norm(), best.rest()));
      }
    }
    return new PeftExport(
        new PeftAdapter(base, source.task(), modules, whole(source)), List.copyOf(errors));
  }

  /** Returns the names of the layers' weights that are not the base's. */
  static List<String> changedLayers(ModelVersion version) {
    return version.changedSinceBase().stream()
        .filter(name -> TensorNames.isLayer(name, version.shape(name)))
        .toList();
  }

  /**
   * Returns what has changed besides the layers' weights. PEFT knows whole modules, so that a
   * module's other tensors come along; but a layer's bias comes alone.
   */
  private static Map<String, WholeTensor> whole(ExportedVersion source) {
    ModelVersion version = source.version();
    Set<String> layers = new TreeSet<>();
    for (String name : version.names()) {
      if (TensorNames.isLayer(name, version.shape(name))) {
        layers.add(TensorNames.layer(name));
      }
    }
    Map<String, WholeTensor> whole = new TreeMap<>();
    for (String changed : version.changedSinceBase()) {
      String module = module(changed);
      for (String name : version.names()) {
        boolean along =
            layers.contains(module)
                ? name.equals(changed) && !name.equals(TensorNames.weight(module))
                : module(name).equals(module);
        if (along) {
          whole.computeIfAbsent(
              source.name(name), key -> new WholeTensor(version.shape(name), version.floats(name)));
        }
      }
    }
    return whole;
  }

  private static String module(String tensor) {
    return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
  }

  /**
   * Writes the adapter.
   *
   * @param uniform whether all layers are to have one rank
   * @throws RunException when the run has changed no layer
   */
  void write(ExportedVersion source, Path folder, boolean uniform) throws IOException {
    if (adapter.modules().isEmpty()) {
      throw new RunException(
          "run %s has not changed a layer, and an adapter without one is none for PEFT: use --format hf"
              .formatted(source.manifest().getRun()));
    }
    (uniform ? adapter.uniform() : adapter).write(folder, new TreeSet<>(source.names().values()));
    source.writeProvenance(folder);
  }

  /** Returns the norm of all that the adapter leaves out, as a share of the norm of all changes. */
  double relativeError() {
    double norm = errors.stream().mapToDouble(it -> it.norm() * it.norm()).sum();
    double rest = errors.stream().mapToDouble(it -> it.rest() * it.rest()).sum();
    return norm == 0 ? 0 : Math.sqrt(rest / norm);
  }

  /** Returns the errors for people. */
  TextTable table() {
    List<List<?>> rows = new ArrayList<>();
    errors.forEach(it -> rows.add(List.of(it.layer(), it.rank(), it.norm(), it.relative())));
    return new TextTable(List.of("layer", "rank", "norm of the change", "relative error"), rows);
  }
}
