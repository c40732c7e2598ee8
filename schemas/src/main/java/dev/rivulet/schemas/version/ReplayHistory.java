package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.schemas.lozo.LozoWeights;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The steps of a zeroth-order run, whose checkpoints carry only the scalars of each step. A tensor
 * is rebuilt by a replay of all steps for this tensor alone; the other tensors have no influence on
 * it.
 */
public final class ReplayHistory implements History {
  private final LozoSettings settings;
  private final MovedTensors moved;
  private final List<TakenStep> steps;
  private final String identity;

  /**
   * Reads the scalars of a checkpoint and its ancestors.
   *
   * @param lineage the checkpoint, last, and its ancestors
   * @param moved the dense tensors that the run trains
   */
  ReplayHistory(List<Manifest> lineage, TensorReader reader, MovedTensors moved) {
    settings = LozoSettings.of(lineage.get(lineage.size() - 1));
    this.moved = moved;
    List<TensorRef> scalars = scalars(lineage);
    steps = steps(lineage, reader);
    identity =
        steps.isEmpty()
            ? ""
            : scalars.stream()
                .map(ref -> Digests.hex(ref.getSha256()))
                .collect(Collectors.joining(" "));
  }

  /** Returns whether a lineage carries scalars of steps, in place of factors. */
  public static boolean isKindOf(List<Manifest> lineage) {
    return !scalars(lineage).isEmpty();
  }

  /**
   * Reads the steps of a checkpoint and its ancestors, in order.
   *
   * @param lineage oldest first
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when scalars in the log are not
   *     what their manifest says
   */
  public static List<TakenStep> steps(List<Manifest> lineage, TensorReader reader) {
    return scalars(lineage).stream()
        .flatMap(ref -> PackedSteps.unpack(reader.bytes(ref)).stream())
        .toList();
  }

  private static List<TensorRef> scalars(List<Manifest> lineage) {
    return lineage.stream().map(Manifest::getScalars).filter(Objects::nonNull).toList();
  }

  @Override
  public Map<String, List<Long>> whole() {
    return moved.shapes();
  }

  @Override
  public float[] whole(String name) {
    LozoWeights weights = new LozoWeights(settings, List.of(), Map.of(name, moved.initial(name)));
    replay(weights, factor -> {});
    return weights.dense(name);
  }

  @Override
  public BaseWeight sealed(String layer, int in, int out, Supplier<BaseWeight> base) {
    BaseWeight weight = base.get();
    replay(weights(layer, in, out), factor -> weight.add(factor.update(), factor.rounding()));
    return weight;
  }

  @Override
  public String origin(String layer) {
    throw new UsageException(
        "a zeroth-order run is replayed from its first step: it cannot use a snapshot");
  }

  @Override
  public Optional<LayerFactor> open(String layer, int in, int out) {
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    LozoWeights weights = weights(layer, in, out);
    replay(weights, factor -> {});
    return Optional.of(weights.open(layer));
  }

  private LozoWeights weights(String layer, int in, int out) {
    return new LozoWeights(settings, List.of(new LozoWeights.Layer(layer, in, out)), Map.of());
  }

  private void replay(LozoWeights weights, Consumer<LayerFactor> sealed) {
    steps.forEach(step -> weights.advance(step).forEach(sealed));
  }

  @Override
  public String identity(String tensorOrLayer) {
    // A dense tensor may be missing in the base files, even before the first step.
    return moved.shapes().containsKey(tensorOrLayer) ? "moved " + identity : identity;
  }
}
