package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.topic.Topic.Retention;
import java.time.Duration;
import java.util.List;

/**
 * The topics of the pipeline: the one table of their names, keys, record types and retention.
 *
 * <p>Every key begins with what its records must stay in order by (a run, a stream, a source), up
 * to the first slash: records are partitioned by that part, see {@link RunPartitioner}.
 */
public final class Topics {
  private static final Retention DATA = new Retention.ByTime(Duration.ofDays(30));
  private static final Retention AUDIT = new Retention.ByTime(Duration.ofDays(365));
  private static final Retention COMPACTED = new Retention.Compacted();
  private static final Retention FOREVER = new Retention.Forever();

  public static final Topic<Sample> SAMPLES =
      Topic.of("samples", "source id", Sample.class, 1, DATA, "examples, from any producer");
  public static final Topic<byte[]> DEAD_LETTERS =
      new Topic<>(
          "samples.dlq",
          "as read",
          AvroCodec.raw(),
          1,
          DATA,
          "rejected input as it came; the reason and its origin are in the headers");
  public static final Topic<Batch> BATCHES =
      Topic.of("batches", "stream", Batch.class, 1, DATA, "packed, tokenized training batches");
  public static final Topic<Batch> EVAL_BATCHES =
      Topic.of("batches.eval", "stream", Batch.class, 1, DATA, "packed evaluation batches");
  public static final Topic<Spectrum> SPECTRUM =
      Topic.of("spectrum", "run/layer", Spectrum.class, 1, AUDIT, "gradient spectra at refreshes");
  public static final Topic<Step> STEPS =
      Topic.of("steps", "run", Step.class, 1, AUDIT, "one record per optimizer step");
  public static final Topic<RankDecision> RANKS =
      Topic.of("ranks", "run/layer", RankDecision.class, 1, COMPACTED, "ranks decided, and why");
  public static final Topic<Command> CONTROL =
      Topic.of("control", "run", Command.class, 1, AUDIT, "rollback, pause, resume, stop");
  public static final Topic<TensorChunk> FACTORS =
      Topic.of("factors", "run/tensor", TensorChunk.class, 1, FOREVER, "factors, dense tensors");
  public static final Topic<TensorChunk> STATE =
      Topic.of("state", "run/tensor", TensorChunk.class, 1, AUDIT, "optimizer state");
  public static final Topic<Manifest> CHECKPOINTS =
      Topic.of("checkpoints", "run/checkpoint", Manifest.class, 1, COMPACTED, "manifests")
          .withHashes();
  public static final Topic<Snapshot> SNAPSHOTS =
      Topic.of(
          "snapshots",
          "run/checkpoint",
          Snapshot.class,
          1,
          COMPACTED,
          "where the sealed weights of a checkpoint lie in a file");

  private static final List<Topic<?>> ALL =
      List.of(
          SAMPLES,
          DEAD_LETTERS,
          BATCHES,
          EVAL_BATCHES,
          SPECTRUM,
          STEPS,
          RANKS,
          CONTROL,
          FACTORS,
          STATE,
          CHECKPOINTS,
          SNAPSHOTS);

  private Topics() {}

  /** Returns every topic, in the order in which data flows. */
  public static List<Topic<?>> all() {
    return ALL;
  }
}
