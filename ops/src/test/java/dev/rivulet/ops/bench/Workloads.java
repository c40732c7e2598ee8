package dev.rivulet.ops.bench;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.ModelShape.HalfShape;
import dev.rivulet.trainer.model.ModelShape.LayerShape;
import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import java.util.List;

/** Workloads that are small enough to count by hand: 2 rows of 3 tokens, width 4. */
final class Workloads {
  static final Contender ADAMW =
      new Contender(Contender.Algorithm.ADAMW, 0, BaseForm.FP32, Precision.FP32, MemoryMode.FAST);

  private static final LayerShape SQUARE = new LayerShape(4, 4);
  private static final LayerShape UP = new LayerShape(4, 6);
  private static final LayerShape DOWN = new LayerShape(6, 4);

  private Workloads() {}

  static Contender overlays(int rank) {
    return of(Contender.Algorithm.ADARANKGRAD, rank);
  }

  static Contender of(Contender.Algorithm algorithm, int rank) {
    return new Contender(algorithm, rank, BaseForm.FP32, Precision.FP32, MemoryMode.FAST);
  }

  /** Returns a language model of one block and 10 tokens. */
  static Workload languageModel(boolean tied) {
    ModelShape shape =
        new ModelShape(
            1,
            new HalfShape(List.of(SQUARE, SQUARE, SQUARE, SQUARE), 30, 12, 8, 16),
            new HalfShape(List.of(UP, UP, DOWN), 30, 10, 4, 18, 46),
            8,
            40,
            tied ? 4 : 44,
            4,
            10,
            true);
    return new Workload(Path.of("none"), shape, 10, 2, 3);
  }

  /** Returns a classifier of two blocks and 10 tokens. */
  static Workload classifier() {
    ModelShape shape =
        new ModelShape(
            2,
            new HalfShape(List.of(SQUARE, SQUARE, SQUARE, SQUARE), 28, 4, 4, 12),
            new HalfShape(List.of(UP, DOWN), 20, 4, 4, 12, 38),
            42,
            60,
            30,
            4,
            2,
            false);
    return new Workload(Path.of("none"), shape, 10, 2, 3);
  }
}
