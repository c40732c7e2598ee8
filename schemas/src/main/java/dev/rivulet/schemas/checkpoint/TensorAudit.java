package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.tensor.ElementType;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tensors of a run's checkpoints under audit: each is read once, however many refer to it. */
final class TensorAudit implements AutoCloseable {
  private record Problem(Severity severity, String what, CheckpointLog.Place where) {}

  private final CheckpointLog log;
  private final TensorReader reader;
  private final Map<TensorRef, Optional<Problem>> seen = new HashMap<>();
  private long bytes;

  TensorAudit(KafkaCluster cluster, CheckpointLog log) {
    this.log = log;
    reader = new TensorReader(cluster);
  }

  /** Returns the tensors read so far. */
  long tensors() {
    return seen.size();
  }

  /** Returns the bytes read so far. */
  long bytes() {
    return bytes;
  }

  /** Checks what all later checkpoints need too: sealed factors and scalars. */
  List<AuditFinding> inherited(Manifest manifest) {
    List<AuditFinding> findings = check(manifest, ManifestTensors.lasting(manifest));
    if (manifest.getScalars() != null && findings.isEmpty()) {
      findings.addAll(steps(manifest, manifest.getScalars()));
    }
    return findings;
  }

  /** Checks what stands for this checkpoint alone: open factors, dense tensors, state. */
  List<AuditFinding> own(Manifest manifest) {
    return check(
        manifest, Stream.concat(ManifestTensors.current(manifest), manifest.getState().stream()));
  }

  private List<AuditFinding> check(Manifest manifest, Stream<TensorRef> tensors) {
    List<AuditFinding> findings = new ArrayList<>();
    for (TensorRef ref : (Iterable<TensorRef>) tensors::iterator) {
      Optional<Problem> problem = seen.get(ref);
      if (problem == null) {
        problem = problem(manifest, ref);
        seen.put(ref, problem);
      }
      problem.ifPresent(
          found ->
              findings.add(
                  new AuditFinding(
                      found.severity(),
                      manifest.getCheckpoint(),
                      "tensor %s: %s".formatted(ref.getName(), found.what()),
                      found.where())));
    }
    return findings;
  }

  private Optional<Problem> problem(Manifest manifest, TensorRef ref) {
    if (ref.getChunks().isEmpty()) {
      return Optional.of(
          new Problem(Severity.DAMAGE, "no chunks", new CheckpointLog.Place("", 0, -1)));
    }
    long size = ref.getChunks().stream().mapToLong(ChunkRef::getSize).sum();
    long elements = ref.getShape().stream().reduce(1L, (a, b) -> a * b);
    if (size != elements * ElementType.of(ref.getDtype()).bytes()) {
      return Optional.of(
          damage(
              ref, "%d bytes for shape %s of %s".formatted(size, ref.getShape(), ref.getDtype())));
    }
    List<String> foreign = new ArrayList<>();
    try {
      reader.forEachChunk(
          ref,
          chunk -> {
            bytes += chunk.getData().remaining();
            label(manifest, ref, chunk).ifPresent(foreign::add);
          });
    } catch (DamagedTensorException e) {
      Severity severity = e.isExpired() ? Severity.EXPIRED : Severity.DAMAGE;
      return Optional.of(new Problem(severity, e.what(), e.place()));
    }
    return foreign.stream().findFirst().map(what -> damage(ref, what));
  }

  /**
   * Returns what is wrong with what a chunk says of itself. A tensor that no older checkpoint has
   * came with this one, unless an older one is lost; or with a newer one that has it too: what was
   * lost and is made again can come to lie where it lay.
   */
  private Optional<String> label(Manifest manifest, TensorRef ref, TensorChunk chunk) {
    boolean ofRun = chunk.getRun().equals(log.run());
    boolean ofCheckpoint =
        chunk.getCheckpoint().equals(manifest.getCheckpoint())
            || refers(log.manifests().get(chunk.getCheckpoint()), ref);
    return ofRun && (ofCheckpoint || log.gap(manifest).isPresent())
        ? Optional.empty()
        : Optional.of(
            "chunk %d says that it is of run %s, checkpoint %s"
                .formatted(chunk.getIndex(), chunk.getRun(), chunk.getCheckpoint()));
  }

  private static boolean refers(@Nullable Manifest manifest, TensorRef ref) {
    return manifest != null
        && Stream.of(
                ManifestTensors.lasting(manifest),
                ManifestTensors.current(manifest),
                manifest.getState().stream())
            .flatMap(tensors -> tensors)
            .anyMatch(ref::equals);
  }

  private static Problem damage(TensorRef ref, String what) {
    ChunkRef first = ref.getChunks().get(0);
    return new Problem(
        Severity.DAMAGE,
        what,
        new CheckpointLog.Place(first.getTopic(), first.getPartition(), first.getOffset()));
  }

  /** Checks that the scalars are those of the steps up to a checkpoint. */
  private List<AuditFinding> steps(Manifest manifest, TensorRef scalars) {
    String what;
    try {
      List<TakenStep> steps = PackedSteps.unpack(reader.bytes(scalars));
      long last = steps.isEmpty() ? manifest.getStep() : steps.get(steps.size() - 1).step();
      what =
          last == manifest.getStep()
              ? ""
              : "its scalars end with step %d, and it is of step %d"
                  .formatted(last, manifest.getStep());
    } catch (DamageException e) {
      what = "its scalars cannot be read: " + e.getMessage();
    }
    return what.isEmpty()
        ? List.of()
        : List.of(
            new AuditFinding(
                Severity.DAMAGE, manifest.getCheckpoint(), what, damage(scalars, what).where()));
  }

  @Override
  public void close() {
    reader.close();
  }
}
