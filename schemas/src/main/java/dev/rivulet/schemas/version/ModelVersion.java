package dev.rivulet.schemas.version;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A run's model at one of its checkpoints, made of the base model and the log, tensor by tensor.
 *
 * <p>The tensors have the names and the orientation of Hugging Face files. They have the bits of
 * the trainer's weights on any machine, for both come from the same fold:
 *
 * <ul>
 *   <li>A layer's weight W is the file's, transposed to [in, out] and brought into the run's base
 *       form ({@link BaseForm}); then every factor that the lineage has sealed is folded in, in
 *       order, each rounded as the form asks. An overlay that is open lies beside W in training;
 *       here it is added last, W + s·L·R, by the same fold in float32 on W widened to float32, and
 *       the sum is not rounded again.
 *   <li>A tensor that is trained whole is as the checkpoint has it. That may be one that the base
 *       files lack, as a new classifier's head.
 *   <li>Any other tensor is as the base files have it.
 * </ul>
 *
 * <p>A head that is tied to the embedding is not there, even where a file has it.
 *
 * <p>Memory: one tensor at a time, at most three copies of it in float32, and one factor. Each call
 * computes the tensor again. Not thread-safe.
 *
 * <pre>{@code
 * CheckpointLog log = CheckpointLog.read(cluster, "reviews-1");
 * try (BaseModel base = BaseModel.open(Path.of("models/bge"));
 *     TensorReader reader = new TensorReader(cluster)) {
 *   ModelVersion version = ModelVersion.of(base, log, log.newest().orElseThrow(), reader);
 *   for (String name : version.names()) {
 *     float[] values = version.floats(name);
 *   }
 * }
 * }</pre>
 */
public final class ModelVersion {
  private static final String HEAD = "lm_head.weight";

  /** Identity of a tensor that is the base files' own. */
  static final String BASE = "";

  private final BaseModel base;
  private final Manifest manifest;
  private final BaseForm form;
  private final History history;
  private final Map<String, List<Long>> whole;
  private final Set<String> names;

  private ModelVersion(BaseModel base, Manifest manifest, BaseForm form, History history)
      throws IOException {
    this.base = base;
    this.manifest = manifest;
    this.form = form;
    this.history = history;
    whole = history.whole();
    Set<String> all = new TreeSet<>(base.names());
    if (base.hasTiedHead()) {
      all.remove(HEAD);
    }
    all.addAll(whole.keySet());
    names = Collections.unmodifiableSet(all);
  }

  /**
   * Returns the model of a checkpoint. The tensors are read when they are asked for.
   *
   * @param base stays the caller's to close, as does the reader; the first version of a base model
   *     reads all of it, to check its hash
   * @param log of the run
   * @param manifest of the checkpoint
   * @throws UsageException when the run started from another base model
   * @throws UsageException when an ancestor of the checkpoint is missing or damaged
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when the scalars of a
   *     zeroth-order run are not what their manifests say
   * @throws IOException when the base model's {@code config.json} cannot be read
   */
  public static ModelVersion of(
      BaseModel base, CheckpointLog log, Manifest manifest, TensorReader reader)
      throws IOException {
    return of(base, log, manifest, reader, Snapshots.NONE);
  }

  /** Returns the same, made from the run's snapshots where there are sound ones. */
  public static ModelVersion of(
      BaseModel base,
      CheckpointLog log,
      Manifest manifest,
      TensorReader reader,
      Snapshots snapshots)
      throws IOException {
    return of(base, log, manifest, reader, snapshots, null);
  }

  /** Returns the same, made from weights that are kept on the disk as far as they go. */
  static ModelVersion of(
      BaseModel base,
      CheckpointLog log,
      Manifest manifest,
      TensorReader reader,
      Snapshots snapshots,
      @Nullable FoldedWeights kept)
      throws IOException {
    if (!manifest.getBaseSha256().equals(base.sha256())) {
      throw new UsageException(
          "run %s started from a base model with hash %s; %s has hash %s"
              .formatted(
                  manifest.getRun(), manifest.getBaseSha256(), base.directory(), base.sha256()));
    }
    List<Manifest> lineage = log.lineage(manifest);
    BaseForm form = baseForm(manifest);
    History history =
        ReplayHistory.isKindOf(lineage)
            ? new ReplayHistory(lineage, reader, new MovedTensors(base, manifest))
            : new FactorHistory(lineage, reader, form, snapshots, kept);
    return new ModelVersion(base, manifest, form, history);
  }

  /** Returns the form that a run keeps its layers' weights in. */
  public static BaseForm baseForm(Manifest manifest) {
    try {
      return BaseForm.valueOf(
          new ObjectMapper().readTree(manifest.getConfig()).path("base").asText("FP32"));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(
          "checkpoint %s: its configuration is not JSON".formatted(manifest.getCheckpoint()), e);
    }
  }

  /** Returns the manifest of the checkpoint. */
  public Manifest manifest() {
    return manifest;
  }

  /** Returns the base model. */
  public BaseModel base() {
    return base;
  }

  /** Returns the names of the tensors, sorted. */
  public Set<String> names() {
    return names;
  }

  /**
   * Returns the shape of a tensor, as files have it.
   *
   * @throws UsageException when there is none of that name
   */
  public List<Long> shape(String name) {
    List<Long> shape = whole.get(name);
    if (shape == null) {
      return base.entry(name).shape();
    }
    return TensorNames.isLinear(name, shape) ? List.of(shape.get(1), shape.get(0)) : shape;
  }

  /**
   * Returns whether a tensor is the base files' own, bit for bit and of their type, whatever that
   * is: then {@link BaseModel#bytes} has it. Other tensors are float32.
   *
   * @throws UsageException when there is none of that name
   */
  public boolean isBase(String name) {
    return identity(name).equals(BASE);
  }

  /**
   * Returns a tensor, row-major, as files have it.
   *
   * @throws UsageException when there is none of that name, or it is not of floats
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a tensor in the log is not
   *     what its manifest says
   */
  public float[] floats(String name) {
    List<Long> shape = whole.get(name);
    if (shape != null) {
      float[] values = history.whole(name);
      return TensorNames.isLinear(name, shape) ? turned(values, shape) : values;
    }
    List<Long> ofFile = base.entry(name).shape();
    return TensorNames.isLayer(name, ofFile)
        ? turned(merged(TensorNames.layer(name)), List.of(ofFile.get(1), ofFile.get(0)))
        : base.floats(name);
  }

  private static float[] turned(float[] values, List<Long> shape) {
    return Matrix.transposed(values, Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)));
  }

  /**
   * Returns the weight of a layer without its open overlay: what a trainer continues from.
   *
   * @param layer name of the layer, without {@code .weight}
   * @throws UsageException when there is no such layer
   * @throws dev.rivulet.schemas.checkpoint.DamagedTensorException when a factor in the log is not
   *     what its manifest says
   */
  public BaseWeight sealed(String layer) {
    String name = TensorNames.weight(layer);
    List<Long> shape = base.entry(name).shape();
    if (!TensorNames.isLayer(name, shape)) {
      throw new IllegalArgumentException("tensor %s is not a layer of a block".formatted(name));
    }
    int out = Math.toIntExact(shape.get(0));
    int in = Math.toIntExact(shape.get(1));
    return history.sealed(
        layer, in, out, () -> form.weight(base.transposed(name, out, in), in, out));
  }

  /** Returns the names of the layers, sorted. */
  List<String> layers() {
    return names.stream()
        .filter(name -> base.has(name) && TensorNames.isLayer(name, base.entry(name).shape()))
        .map(TensorNames::layer)
        .toList();
  }

  /** Returns the tensors of a layer's sealed weight, each made when its data is asked for. */
  List<Tensor> tensorsOfSealed(String layer) {
    String name = TensorNames.weight(layer);
    List<Long> shape = base.entry(name).shape();
    return WeightTensors.of(
        name,
        form,
        Math.toIntExact(shape.get(1)),
        Math.toIntExact(shape.get(0)),
        () -> sealed(layer));
  }

  /** Returns what a layer's sealed weight is made from, see {@link History#origin}. */
  String origin(String layer) {
    return history.origin(layer);
  }

  private float[] merged(String layer) {
    BaseWeight weight = sealed(layer);
    float[] values = weight instanceof BaseWeight.Float32 dense ? dense.values() : weight.floats();
    history
        .open(layer, weight.in(), weight.out())
        .ifPresent(open -> Fold.add(values, open.update()));
    return values;
  }

  /**
   * Returns the names of the tensors that may differ from another version's, or that it lacks; all
   * others have the same bits. Nothing is read for it.
   *
   * @param other a version of the same base model
   */
  public Set<String> changedSince(ModelVersion other) {
    return names.stream()
        .filter(name -> !other.names.contains(name) || !identity(name).equals(other.identity(name)))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Returns the names of the tensors that are not the base files' own. */
  public Set<String> changedSinceBase() {
    return names.stream()
        .filter(name -> !isBase(name))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** What a tensor is made of: tensors of one name and base model that are alike here are equal. */
  String identity(String name) {
    if (whole.containsKey(name)) {
      return history.identity(name);
    }
    if (!TensorNames.isLayer(name, base.entry(name).shape())) {
      return BASE;
    }
    String made = history.identity(TensorNames.layer(name));
    return form.keeps(base.entry(name).type()) ? made : form + made;
  }
}
