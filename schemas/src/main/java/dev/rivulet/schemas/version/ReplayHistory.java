package dev.rivulet.schemas.version;

import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.lozo.LozoFactor;
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
 * The history of a zeroth-order run, whose checkpoints carry the scalars of its steps: a tensor is
 * made by taking all steps again for it alone, which no other tensor has a part in.
 */
final class ReplayHistory implements History {
  private static final float SCALE = 1;

  private final LozoSettings settings;
  private final MovedTensors moved;
  private final List<TakenStep> steps;
  private final String identity;

  /**
   * Reads the scalars of a checkpoint and its ancestors.
   *
   * @param lineage the checkpoint, last, and its ancestors
   * @param moved the tensors that the run moves whole
   */
  ReplayHistory(List<Manifest> lineage, TensorReader reader, MovedTensors moved) {
    settings = LozoSettings.of(lineage.get(lineage.size() - 1));
    this.moved = moved;
    List<TensorRef> scalars =
        lineage.stream().map(Manifest::getScalars).filter(Objects::nonNull).toList();
    steps =
        scalars.stream().flatMap(ref -> PackedSteps.unpack(reader.bytes(ref)).stream()).toList();
    identity =
        steps.isEmpty()
            ? ""
            : scalars.stream()
                .map(ref -> Digests.hex(ref.getSha256()))
                .collect(Collectors.joining(" "));
  }

  /** Returns whether a run's checkpoints are of this kind. */
  static boolean isKindOf(List<Manifest> lineage) {
    return lineage.stream().anyMatch(manifest -> manifest.getScalars() != null);
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
    replay(
        weights(layer, in, out),
        factor ->
            weight.add(factor.left(), factor.right(), factor.rank(), SCALE, factor.rounding()));
    return weight;
  }

  @Override
  public String origin(String layer) {
    throw new IllegalArgumentException(
        "a zeroth-order run is taken again from its first step on: it has no use for a snapshot");
  }

  @Override
  public Optional<LowRank> open(String layer, int in, int out) {
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    LozoWeights weights = weights(layer, in, out);
    replay(weights, factor -> {});
    LozoFactor open = weights.open(layer);
    return Optional.of(new LowRank(open.left(), open.right(), open.rank(), SCALE, open.rounding()));
  }

  private LozoWeights weights(String layer, int in, int out) {
    return new LozoWeights(settings, List.of(new LozoWeights.Layer(layer, in, out)), Map.of());
  }

  private void replay(LozoWeights weights, Consumer<LozoFactor> sealed) {
    steps.forEach(step -> weights.advance(step).forEach(sealed));
  }

  @Override
  public String identity(String tensorOrLayer) {
    // What is moved whole may be no tensor of the base files, even before the first step.
    return moved.shapes().containsKey(tensorOrLayer) ? "moved " + identity : identity;
  }
}
