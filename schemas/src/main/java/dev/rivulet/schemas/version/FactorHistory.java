package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the manifests of a lineage say of each layer and each dense tensor: where its factors lie,
 * in the order in which they count.
 */
final class FactorHistory {
  private final Map<String, List<Factor>> sealed = new HashMap<>();
  private final Map<String, Factor> open = new HashMap<>();
  private final Map<String, TensorRef> dense = new HashMap<>();

  /**
   * Gathers the history of a checkpoint.
   *
   * @throws IllegalArgumentException when an ancestor is missing
   */
  FactorHistory(CheckpointLog log, Manifest manifest) {
    for (Manifest ancestor : log.lineage(manifest)) {
      for (Factor factor : ancestor.getSealed()) {
        sealed.computeIfAbsent(factor.getLayer(), layer -> new ArrayList<>()).add(factor);
      }
    }
    manifest.getOpen().forEach(factor -> open.put(factor.getLayer(), factor));
    manifest.getDense().stream()
        // A bias that a layer lacks is kept as one without elements.
        .filter(tensor -> !tensor.getShape().contains(0L))
        .forEach(tensor -> dense.put(tensor.getName(), tensor));
  }

  /** Returns a layer's sealed factors, oldest first. */
  List<Factor> sealed(String layer) {
    return sealed.getOrDefault(layer, List.of());
  }

  /** Returns a layer's overlay in force, where it has one. */
  Optional<Factor> open(String layer) {
    return Optional.ofNullable(open.get(layer));
  }

  /** Returns the tensors that are trained whole, by name. */
  Map<String, TensorRef> dense() {
    return dense;
  }
}
