package dev.rivulet.schemas.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A run of four checkpoints, one of which says what cannot be. */
class ManifestAuditTest {
  private static final SkipRange SKIPPED = new SkipRange("batches", 0, 11L, 12L);

  @Test
  void check_soundRun_findsNothing() {
    assertThat(findings(run("none", draft -> {}))).isEmpty();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("0-000010", d -> d.setConfig("{ }"), "its configuration has SHA-256"),
        fault(
            "0-000010",
            d -> d.setConfig("{ }").setConfigSha256(Digests.hex(Digests.sha256("{ }"))),
            "and the run began with"),
        fault(
            "1-000020", d -> d.setBaseSha256("other"), "base model other, and the run began with"),
        fault("1-000020", d -> d.setMethod("lora"), "method lora, and the run began with adamw"),
        fault("1-000020", d -> d.setLabels(List.of("a")), "labels [a], and the run began with []"),
        fault(
            "1-000020",
            d -> d.setProvenance(new Provenance("1", "17", "os", "e", "cpu", 1, 6L, "FP32")),
            "seed 6, and the run began with 5"),
        fault(
            "1-000020",
            d -> d.setProvenance(new Provenance("1", "17", "os", "e", "cpu", 1, 5L, "BF16")),
            "precision BF16, and the run began with FP32"),
        fault("1-000020", d -> d.setStep(21), "it is of epoch and step 1-000021"),
        fault("1-000020", d -> d.setEpoch(2), "epoch 2 after epoch 1 of its parent 1-000010"),
        fault("1-000010", d -> d.setStep(11), "step 11 after step 10 of its parent 0-000010"),
        fault("0-000010", d -> d.setStep(0), "is not older than it"),
        fault("1-000010", d -> d.setCause(Cause.INTERVAL), "epoch 1 after epoch 0"),
        fault("1-000010", d -> d.setDense(List.of()), "does not refer to the same tensors"),
        fault("1-000020", d -> at(d, 9), "position 9 of batches, partition 0"),
        fault("1-000020", d -> d.setOffsets(List.of()), "no position of [batches, partition 0]"),
        fault("1-000020", d -> d.setSkips(List.of()), "passes over more ranges than it"),
        fault("0-000010", d -> d.setParent(null), "it has no parent"),
        fault("0-000010", d -> d.setParentSha256("00"), "is not the one that it was written after"),
        fault("0-000010", d -> d.setParentSha256(null), "is not the one that it was written after"),
        fault("1-000020", d -> d.setParent("0-000007"), "run run has no checkpoint 0-000007"),
        fault("1-000020", d -> d.setOpen(List.of(factor(6, 3, 2, 4))), "layer l do not fit"),
        fault("1-000020", d -> d.setOpen(List.of(factor(7, 2, 2, 4))), "of a weight [7, 4]"),
        fault("1-000020", d -> d.setOpen(List.of(factor(6, 3, 3, 4))), "and its rank is 2"),
        fault(
            "1-000020",
            d -> d.setSealed(List.of(factor(6, 2, 2, 5))),
            "of a weight [6, 5], and earlier ones of [6, 4]"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("faults")
  @Tag("fault")
  void check_fault_isFoundWhereItIs(
      String checkpoint, Consumer<Manifest.Builder> fault, String what) {
    List<AuditFinding> findings = findings(run(checkpoint, fault));
    assertThat(findings)
        .anySatisfy(
            finding -> {
              assertThat(finding.checkpoint()).isEqualTo(checkpoint);
              assertThat(finding.severity()).isEqualTo(AuditFinding.Severity.DAMAGE);
              assertThat(finding.what()).contains(what);
              assertThat(finding.where()).isEqualTo(place(checkpoint));
              assertThat(finding.toString())
                  .startsWith("DAMAGE, checkpoint " + checkpoint)
                  .endsWith("(t, partition 0, offset " + place(checkpoint).offset() + ")");
            });
  }

  private static Arguments fault(String checkpoint, Consumer<Manifest.Builder> fault, String what) {
    return Arguments.of(checkpoint, fault, what);
  }

  private static List<AuditFinding> findings(CheckpointLog log) {
    ManifestAudit audit = new ManifestAudit(log);
    return log.manifests().values().stream()
        .sorted(CheckpointLog.HISTORY)
        .flatMap(manifest -> audit.check(manifest).stream())
        .toList();
  }

  /** Returns a run's log; the fault comes before the hash of the manifest is taken. */
  private static CheckpointLog run(String altered, Consumer<Manifest.Builder> fault) {
    Map<String, Manifest> manifests = new TreeMap<>();
    Map<String, String> hashes = new HashMap<>();
    Map<String, CheckpointLog.Place> places = new HashMap<>();
    List<Manifest.Builder> drafts =
        List.of(
            at(Manifests.draft("run", 0, 0).setCause(Cause.START), 0),
            at(Manifests.draft("run", 0, 10).setParent("0-000000"), 10),
            at(
                Manifests.draft("run", 1, 10)
                    .setParent("0-000010")
                    .setCause(Cause.ROLLBACK)
                    .setSkips(List.of(SKIPPED)),
                10),
            at(Manifests.draft("run", 1, 20).setParent("1-000010").setSkips(List.of(SKIPPED)), 21));
    for (Manifest.Builder draft : drafts) {
      String name = draft.getCheckpoint();
      draft
          .setOpen(List.of(factor(6, 2, 2, 4)))
          .setDense(List.of(tensor("bias", 4L)))
          .setRanks(Map.of("l", 2))
          .setParentSha256(draft.getParent() == null ? null : hashes.get(draft.getParent()));
      if (name.equals(altered)) {
        fault.accept(draft);
      }
      CheckpointLog one =
          new CheckpointLog("run", Map.of(), Map.of(), Map.of(), List.of()).with(draft.build());
      manifests.putAll(one.manifests());
      hashes.putAll(one.hashes());
      places.put(name, place(name));
    }
    return new CheckpointLog("run", manifests, hashes, places, List.of());
  }

  private static CheckpointLog.Place place(String checkpoint) {
    return new CheckpointLog.Place("t", 0, checkpoint.hashCode());
  }

  private static Manifest.Builder at(Manifest.Builder draft, long offset) {
    return draft.setOffsets(List.of(new TopicOffset("batches", 0, offset)));
  }

  private static Factor factor(long in, long leftRank, long rightRank, long out) {
    return new Factor("l", 0, 1f, tensor("L", in, leftRank), tensor("R", rightRank, out), null);
  }

  private static TensorRef tensor(String name, Long... shape) {
    return new TensorRef(name, DType.F32, List.of(shape), new Sha256(new byte[32]), List.of());
  }
}
