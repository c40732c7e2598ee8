package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.trainer.factor.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that a method has changed up to a step. With the base model, it is enough to resume from that
 * step.
 *
 * @param sealed factors sealed since the last snapshot, in order
 * @param open the overlay in force
 * @param dense the tensors trained whole
 * @param state optimizer state
 * @param counters counters of the method
 * @param scalars for a method whose steps are taken again: those since the last snapshot, as {@link
 *     dev.rivulet.schemas.lozo.PackedSteps}; they stand for all else
 */
public record Snapshot(
    List<LayerFactor> sealed,
    List<LayerFactor> open,
    List<HostTensor> dense,
    List<HostTensor> state,
    Map<String, Long> counters,
    Optional<byte[]> scalars) {

  /** Creates a snapshot without scalars. */
  public Snapshot(
      List<LayerFactor> sealed,
      List<LayerFactor> open,
      List<HostTensor> dense,
      List<HostTensor> state,
      Map<String, Long> counters) {
    this(sealed, open, dense, state, counters, Optional.empty());
  }

  /**
   * Returns a counter.
   *
   * @throws RunException when the snapshot is another method's
   */
  public long counter(String name) {
    Long value = counters.get(name);
    if (value == null) {
      throw new RunException(
          "the checkpoint lacks counter %s; it has %s".formatted(name, counters.keySet()));
    }
    return value;
  }
}
