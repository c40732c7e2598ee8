package dev.rivulet.schemas.version;

import static java.util.Objects.requireNonNull;

import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The factors of a checkpoint and its ancestors, and the fold that makes a layer's weight of them.
 * Trainer, follower and audit all fold here.
 *
 * <p>A fold starts from the newest weight that is stored: on this machine's disk, or in one of the
 * run's snapshots; else from the base model. It reads one factor at a time.
 *
 * <p>Not thread-safe.
 */
public final class FactorHistory implements History {
  private final TensorReader reader;
  private final BaseForm form;
  private final String baseSha256;
  private final Snapshots snapshots;
  private final @Nullable FoldedWeights kept;
  private final Map<String, List<Factor>> sealed = new HashMap<>();
  private final Map<String, Factor> open = new HashMap<>();
  private final Map<String, TensorRef> dense = new HashMap<>();

  /**
   * Collects the factors of a checkpoint and its ancestors. Reads none of them yet.
   *
   * @param lineage the checkpoint, last, and its ancestors, oldest first
   * @param form of the run's base weights
   * @param snapshots of the run, from which a fold may start
   */
  public FactorHistory(
      List<Manifest> lineage, TensorReader reader, BaseForm form, Snapshots snapshots) {
    this(lineage, reader, form, snapshots, null);
  }

  /**
   * Collects the factors of a checkpoint and its ancestors.
   *
   * @param kept weights on the disk, from which a fold may start and which it extends
   */
  FactorHistory(
      List<Manifest> lineage,
      TensorReader reader,
      BaseForm form,
      Snapshots snapshots,
      @Nullable FoldedWeights kept) {
    this.reader = reader;
    this.form = form;
    this.snapshots = snapshots;
    this.kept = kept;
    for (Manifest ancestor : lineage) {
      for (Factor factor : ancestor.getSealed()) {
        sealed.computeIfAbsent(factor.getLayer(), layer -> new ArrayList<>()).add(factor);
      }
    }
    Manifest manifest = lineage.get(lineage.size() - 1);
    baseSha256 = manifest.getBaseSha256();
    manifest.getOpen().forEach(factor -> open.put(factor.getLayer(), factor));
    manifest.getDense().stream()
        // A layer without a bias has a bias tensor without elements.
        .filter(tensor -> !tensor.getShape().contains(0L))
        .forEach(tensor -> dense.put(tensor.getName(), tensor));
  }

  /**
   * Reads a factor, and checks it against its hashes.
   *
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when the factor in the log is not
   *     what its manifest says
   */
  public static LayerFactor read(TensorReader reader, Factor factor) {
    LowRank update =
        new LowRank(
            Math.toIntExact(factor.getLeft().getShape().get(0)),
            Math.toIntExact(factor.getRight().getShape().get(1)),
            Math.toIntExact(factor.getRight().getShape().get(0)),
            factor.getScale(),
            reader.floats(factor.getLeft()),
            reader.floats(factor.getRight()));
    return new LayerFactor(
        factor.getLayer(), factor.getRefresh(), update, new Rounding(factor.getRounding()));
  }

  /** Returns the names of the layers with sealed factors. */
  public Set<String> sealedLayers() {
    return Collections.unmodifiableSet(sealed.keySet());
  }

  @Override
  public Map<String, List<Long>> whole() {
    return dense.values().stream()
        .collect(Collectors.toMap(TensorRef::getName, TensorRef::getShape));
  }

  @Override
  public float[] whole(String name) {
    return reader.floats(requireNonNull(dense.get(name), name));
  }

  /**
   * {@inheritDoc}
   *
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a factor in the log is not
   *     what its manifest says
   */
  @Override
  public BaseWeight sealed(String layer, int in, int out, Supplier<BaseWeight> base) {
    List<Factor> factors = sealed.getOrDefault(layer, List.of());
    FoldedWeight start =
        start(layer, in, out, factors.size()).orElseGet(() -> new FoldedWeight(base.get(), 0));
    for (Factor factor : factors.subList(start.folded(), factors.size())) {
      LayerFactor read = read(reader, factor);
      start.weight().add(read.update(), read.rounding());
    }
    if (kept != null && factors.size() > start.folded()) {
      FoldedWeight folded = new FoldedWeight(start.weight(), factors.size());
      kept.keep(layer, folded, origin(layer, factors.size()));
    }
    return start.weight();
  }

  /** Returns the stored weight with the most factors, if there is one. */
  private Optional<FoldedWeight> start(String layer, int in, int out, int most) {
    IntFunction<String> origin = count -> origin(layer, count);
    Optional<FoldedWeight> here =
        kept == null ? Optional.empty() : kept.find(layer, form, in, out, most, origin);
    int least = here.map(FoldedWeight::folded).orElse(0) + 1;
    return least > most
        ? here
        : snapshots.find(layer, form, in, out, least, most, origin).or(() -> here);
  }

  @Override
  public String origin(String layer) {
    int count = sealed.getOrDefault(layer, List.of()).size();
    return count + " " + origin(layer, count);
  }

  /** Returns the digest of everything that a layer's weight with its first factors depends on. */
  private String origin(String layer, int count) {
    String factors =
        sealed.getOrDefault(layer, List.of()).subList(0, count).stream()
            .map(FactorHistory::identity)
            .collect(Collectors.joining());
    return Digests.hex(Digests.sha256("%s %s %s %s".formatted(baseSha256, form, layer, factors)));
  }

  @Override
  public Optional<LayerFactor> open(String layer, int in, int out) {
    return Optional.ofNullable(open.get(layer)).map(factor -> read(reader, factor));
  }

  @Override
  public String identity(String tensorOrLayer) {
    TensorRef tensor = dense.get(tensorOrLayer);
    if (tensor != null) {
      return Digests.hex(tensor.getSha256());
    }
    Factor overlay = open.get(tensorOrLayer);
    return sealed.getOrDefault(tensorOrLayer, List.of()).stream()
            .map(FactorHistory::identity)
            .collect(Collectors.joining())
        + (overlay == null ? "" : "+" + identity(overlay));
  }

  private static String identity(Factor factor) {
    return "%s %s %s %s;"
        .formatted(
            Digests.hex(factor.getLeft().getSha256()),
            Digests.hex(factor.getRight().getSha256()),
            factor.getScale(),
            factor.getRounding());
  }
}
