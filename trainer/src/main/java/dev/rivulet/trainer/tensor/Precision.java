package dev.rivulet.trainer.tensor;

/** The type that matrix products are computed in. Masters, norms and losses stay float32. */
public enum Precision {
  FP32(6),
  BF16(15);

  private final int engineType;

  Precision(int engineType) {
    this.engineType = engineType;
  }

  /** Returns the engine's number of the type, as kernels take it. */
  public int engineType() {
    return engineType;
  }
}
