package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Provenance;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Records of one run, complete but for what a test is about. */
public record Records(String run) {
  /** When step 0 ended. */
  public static final Instant START = Instant.parse("2026-01-05T09:00:00Z");

  /** Returns an ordinary step, to be changed and built. */
  public Step.Builder step(int epoch, long step) {
    return Step.newBuilder()
        .setRun(run)
        .setEpoch(epoch)
        .setStep(step)
        .setTotalSteps(1_000)
        .setTimestamp(START.plusSeconds(step))
        .setMethod("adarankgrad")
        .setDataEpoch(0)
        .setBatches(List.of())
        .setLoss(0.7)
        .setGradientNorm(1.5)
        .setLearningRate(1e-4)
        .setTokens(500)
        .setApplied(true)
        .setSeconds(0.4)
        .setWaitSeconds(0.0)
        .setWeightBytes(90_000_000)
        .setOptimizerBytes(5_000_000)
        .setPeakBytes(600_000_000);
  }

  /** Returns a spectrum, to be changed and built. */
  public Spectrum.Builder spectrum(int epoch, long step, String layer, List<Float> values) {
    double energy = values.stream().mapToDouble(value -> (double) value * value).sum();
    return Spectrum.newBuilder()
        .setRun(run)
        .setEpoch(epoch)
        .setRefresh((int) (step / 100))
        .setStep(step)
        .setLayer(layer)
        .setKind(layer.replaceAll("^.*layer\\.\\d+\\.", ""))
        .setLayers(1)
        .setRows(384)
        .setCols(384)
        .setSingularValues(values)
        .setTotalEnergy(energy * 1.02)
        .setRank(0)
        .setEffectiveRank(3.2)
        .setStableRank(2.1)
        .setBytesPerRank(8_000)
        .setPolicy(new RankPolicy(0.9, 1, 32, 0.0, null));
  }

  /** Returns the decision for a layer's refresh, to be changed and built. */
  public RankDecision.Builder decision(int epoch, long step, String layer, int rank) {
    return RankDecision.newBuilder()
        .setRun(run)
        .setEpoch(epoch)
        .setRefresh((int) (step / 100))
        .setStep(step)
        .setLayer(layer)
        .setRank(rank)
        .setPreviousRank(0)
        .setThresholdRank(rank)
        .setCapturedShare(0.91)
        .setReason(RankReason.ENERGY_THRESHOLD)
        .setDetail("rank %d captures 0.91 of the energy, 0.90 is asked".formatted(rank));
  }

  /** Returns a command of the monitor, to be changed and built. */
  public Command.Builder command(int epoch, Action action, long step) {
    return Command.newBuilder()
        .setRun(run)
        .setEpoch(epoch)
        .setAction(action)
        .setStep(step)
        .setSkip(List.of(new SkipRange("rivulet.batches", 0, 120L, 122L)))
        .setLearningRateScale(0.5)
        .setReason("loss was not finite")
        .setIssuer("monitor/non-finite")
        .setTimestamp(START.plusSeconds(step));
  }

  /** Returns a checkpoint of one layer's factors and state, to be changed and built. */
  public Manifest.Builder checkpoint(int epoch, long step, Cause cause) {
    Factor factor =
        new Factor("query", 0, 1f, tensor("left", 12_000), tensor("right", 12_000), null);
    return Manifest.newBuilder()
        .setDecisions(List.of())
        .setRun(run)
        .setCheckpoint("%d-%06d".formatted(epoch, step))
        .setEpoch(epoch)
        .setStep(step)
        .setTimestamp(START.plusSeconds(step))
        .setCause(cause)
        .setMethod("adarankgrad")
        .setModel("all-minilm-l6-v2")
        .setBaseSha256("00")
        .setConfig("{}")
        .setConfigSha256("00")
        .setLabels(List.of("wrong", "right"))
        .setOffsets(List.of())
        .setSkips(List.of())
        .setSealed(List.of(factor))
        .setOpen(List.of())
        .setDense(List.of(tensor("classifier.weight", 3_072)))
        .setState(List.of(tensor("moments", 48_000)))
        .setCounters(Map.of())
        .setRanks(Map.of())
        .setMetrics(Map.of())
        .setProvenance(new Provenance("0.1.0", "17", "Linux", "PyTorch", "cpu", 2, 1L, "FP32"));
  }

  private static TensorRef tensor(String name, int bytes) {
    Sha256 hash = new Sha256(new byte[32]);
    return new TensorRef(
        name,
        DType.F32,
        List.of(bytes / 4L),
        hash,
        List.of(new ChunkRef("rivulet.factors", 0, 0L, bytes, hash)));
  }
}
