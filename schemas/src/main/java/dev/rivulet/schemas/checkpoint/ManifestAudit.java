package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The manifests of a run under audit, in the order of history: what each says, beside its parent
 * and those before it.
 */
final class ManifestAudit {
  private final CheckpointLog log;
  private final Map<String, List<Long>> weights = new HashMap<>(); // layer -> [in, out]
  private final Set<SkipRange> skips = new HashSet<>();

  ManifestAudit(CheckpointLog log) {
    this.log = log;
  }

  /** Returns whether a manifest opened a run epoch at an older one, whose tensors it refers to. */
  static boolean isReopened(Manifest manifest) {
    return manifest.getCause() == Cause.RESUME || manifest.getCause() == Cause.ROLLBACK;
  }

  /** Returns what is wrong with the next manifest. */
  List<AuditFinding> check(Manifest manifest) {
    List<String> faults = new ArrayList<>();
    name(manifest, faults);
    log.first().ifPresent(first -> constants(first, manifest, faults));
    ranges(manifest, faults);
    manifest.getSealed().forEach(factor -> shapes(factor, faults));
    manifest.getOpen().forEach(factor -> open(manifest, factor, faults));
    log.linkFault(manifest).ifPresent(faults::add);
    Manifest parent = log.manifests().get(Objects.requireNonNullElse(manifest.getParent(), ""));
    if (parent != null) {
      growth(parent, manifest, faults);
      if (isReopened(manifest)) {
        reopening(parent, manifest, faults);
      }
    } else if (manifest.getParent() == null
        && (manifest.getCause() != Cause.START || manifest.getStep() != 0)) {
      faults.add("it has no parent, and is not the start of a run");
    }
    return faults.stream()
        .map(
            what ->
                new AuditFinding(
                    Severity.DAMAGE,
                    manifest.getCheckpoint(),
                    what,
                    log.places().get(manifest.getCheckpoint())))
        .toList();
  }

  private static void name(Manifest manifest, List<String> faults) {
    String name = CheckpointLog.name(manifest.getEpoch(), manifest.getStep());
    require(manifest.getCheckpoint().equals(name), "it is of epoch and step " + name, faults);
    String sha256 = Digests.hex(Digests.sha256(manifest.getConfig()));
    require(
        manifest.getConfigSha256().equals(sha256),
        "its configuration has SHA-256 %s, and it says %s"
            .formatted(sha256, manifest.getConfigSha256()),
        faults);
  }

  private static void constants(Manifest first, Manifest manifest, List<String> faults) {
    same("base model", first.getBaseSha256(), manifest.getBaseSha256(), faults);
    same("method", first.getMethod(), manifest.getMethod(), faults);
    same("configuration", first.getConfigSha256(), manifest.getConfigSha256(), faults);
    same("labels", first.getLabels(), manifest.getLabels(), faults);
    same("seed", first.getProvenance().getSeed(), manifest.getProvenance().getSeed(), faults);
    same(
        "precision",
        first.getProvenance().getPrecision(),
        manifest.getProvenance().getPrecision(),
        faults);
  }

  private static void same(String what, Object first, Object now, List<String> faults) {
    require(
        first.equals(now), "%s %s, and the run began with %s".formatted(what, now, first), faults);
  }

  /** Ranges that are passed over are never taken back. */
  private void ranges(Manifest manifest, List<String> faults) {
    if (log.gap(manifest).isEmpty()) {
      Set<SkipRange> now = new HashSet<>(manifest.getSkips());
      require(
          now.containsAll(skips), "an older checkpoint passes over more ranges than it", faults);
      skips.addAll(now);
    }
  }

  private static void growth(Manifest parent, Manifest manifest, List<String> faults) {
    String name = parent.getCheckpoint();
    boolean reopened = isReopened(manifest);
    require(
        reopened
            ? manifest.getEpoch() > parent.getEpoch()
            : manifest.getEpoch() == parent.getEpoch(),
        "epoch %d after epoch %d of its parent %s"
            .formatted(manifest.getEpoch(), parent.getEpoch(), name),
        faults);
    require(
        reopened ? manifest.getStep() == parent.getStep() : manifest.getStep() > parent.getStep(),
        "step %d after step %d of its parent %s"
            .formatted(manifest.getStep(), parent.getStep(), name),
        faults);
    Map<String, Long> before = new HashMap<>();
    parent.getOffsets().forEach(at -> before.put(partition(at), at.getOffset()));
    for (TopicOffset at : manifest.getOffsets()) {
      long from = before.getOrDefault(partition(at), 0L);
      require(
          at.getOffset() >= from,
          "position %d of %s, and its parent %s was at %d"
              .formatted(at.getOffset(), partition(at), name, from),
          faults);
      before.remove(partition(at));
    }
    require(
        before.isEmpty(),
        "no position of %s, which its parent %s has".formatted(before.keySet(), name),
        faults);
  }

  private static String partition(TopicOffset at) {
    return "%s, partition %d".formatted(at.getTopic(), at.getPartition());
  }

  private static void reopening(Manifest parent, Manifest manifest, List<String> faults) {
    require(
        manifest.getSealed().isEmpty()
            && manifest.getScalars() == null
            && manifest.getOpen().equals(parent.getOpen())
            && manifest.getDense().equals(parent.getDense())
            && manifest.getState().equals(parent.getState())
            && manifest.getCounters().equals(parent.getCounters())
            && manifest.getOffsets().equals(parent.getOffsets()),
        "it opens an epoch at %s, and does not refer to the same tensors and positions"
            .formatted(parent.getCheckpoint()),
        faults);
  }

  private void open(Manifest manifest, Factor factor, List<String> faults) {
    shapes(factor, faults);
    Integer rank = manifest.getRanks().get(factor.getLayer());
    List<Long> right = factor.getRight().getShape();
    require(
        right.isEmpty() || right.get(0) == (rank == null ? 0 : rank),
        "the open factor of layer %s has shape %s, and its rank is %s"
            .formatted(factor.getLayer(), right, rank),
        faults);
  }

  private void shapes(Factor factor, List<String> faults) {
    List<Long> left = factor.getLeft().getShape();
    List<Long> right = factor.getRight().getShape();
    boolean fit =
        isFloatMatrix(factor.getLeft())
            && isFloatMatrix(factor.getRight())
            && left.get(1).equals(right.get(0));
    require(
        fit,
        "the factors of layer %s do not fit: %s and %s".formatted(factor.getLayer(), left, right),
        faults);
    if (fit) {
      List<Long> weight = List.of(left.get(0), right.get(1));
      List<Long> before = weights.putIfAbsent(factor.getLayer(), weight);
      require(
          before == null || before.equals(weight),
          "the factors of layer %s are of a weight %s, and earlier ones of %s"
              .formatted(factor.getLayer(), weight, before),
          faults);
    }
  }

  private static boolean isFloatMatrix(TensorRef ref) {
    return ref.getDtype() == DType.F32 && ref.getShape().size() == 2;
  }

  private static void require(boolean holds, String fault, List<String> faults) {
    if (!holds) {
      faults.add(fault);
    }
  }
}
