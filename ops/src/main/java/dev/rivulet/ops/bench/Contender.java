package dev.rivulet.ops.bench;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.Precision;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A way to train that is measured.
 *
 * @param algorithm the method
 * @param rank rank of every overlay; 0 for a method without overlays
 * @param base how the weights of the linear layers are kept
 * @param precision type of the matrix products
 * @param memory what the forward pass keeps
 */
record Contender(
    Algorithm algorithm, int rank, BaseForm base, Precision precision, MemoryMode memory) {

  /** Steps between refreshes, in a run like those that the method is meant for. */
  static final int REFRESH_EVERY = 200;

  /** The rank of a zeroth-order direction, which is small whatever the others' is. */
  private static final int LOZO_RANK = LozoConfig.DEFAULT.rank();

  /** A method that is measured. */
  enum Algorithm {
    ADAMW,
    ADARANKGRAD,
    LOQT,
    LORA,
    LOZO
  }

  /**
   * Returns the contenders of one precision; the first is what the others are compared with.
   *
   * @param rank rank of the overlays
   */
  static List<Contender> of(Precision precision, int rank) {
    return List.of(
        new Contender(Algorithm.ADAMW, 0, BaseForm.FP32, precision, MemoryMode.FAST),
        adaRankGrad(precision, rank),
        new Contender(Algorithm.ADARANKGRAD, rank, BaseForm.FP32, precision, MemoryMode.LEAN),
        new Contender(Algorithm.ADARANKGRAD, rank, BaseForm.NF4, precision, MemoryMode.LEAN),
        new Contender(Algorithm.LOQT, rank, BaseForm.NF4, precision, MemoryMode.FAST),
        new Contender(Algorithm.LORA, rank, BaseForm.FP32, precision, MemoryMode.FAST),
        new Contender(Algorithm.LOZO, LOZO_RANK, BaseForm.FP32, precision, MemoryMode.FAST));
  }

  /** Returns AdaRankGrad on a dense base, with all activations kept: what a run does by default. */
  static Contender adaRankGrad(Precision precision, int rank) {
    return new Contender(Algorithm.ADARANKGRAD, rank, BaseForm.FP32, precision, MemoryMode.FAST);
  }

  /** Returns the settings of the method, with a rank that stays the same. */
  MethodConfig method(int refreshEvery) {
    return switch (algorithm) {
      case ADAMW -> AdamWConfig.DEFAULT;
      case ADARANKGRAD -> AdaRankGradConfig.adaptive(0.9, rank, rank, 1.0, refreshEvery);
      case LOQT ->
          new LoqtConfig(
              AdamWConfig.DEFAULT,
              rank,
              1.0,
              refreshEvery,
              0,
              OptionalInt.empty(),
              LoqtConfig.DEFAULT.compensation(),
              true,
              MomentPolicy.TRANSPORT,
              8,
              1);
      case LORA ->
          new LoraConfig(AdamWConfig.DEFAULT, rank, rank, LoraScaling.RANK, Map.of(), List.of());
      case LOZO -> LozoConfig.DEFAULT;
    };
  }

  /** Returns what it is called in a chart, such as {@code adarankgrad fp32 lean, base nf4}. */
  String label() {
    String label = String.join(" ", spelled(algorithm), spelled(precision), spelled(memory));
    return base == BaseForm.FP32 ? label : label + ", base " + spelled(base);
  }

  /** Returns a choice as options and configurations spell it. */
  static String spelled(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
