package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.List;
import java.util.stream.Stream;

/** The tensors that a manifest refers to. */
public final class ManifestTensors {
  private ManifestTensors() {}

  /** Returns what the model is made of: sealed and open factors, dense tensors, scalars. */
  public static Stream<TensorRef> ofModel(Manifest manifest) {
    return Stream.concat(lasting(manifest), current(manifest));
  }

  /** Returns those of the model, and the optimizer state. */
  public static Stream<TensorRef> all(Manifest manifest) {
    return Stream.concat(ofModel(manifest), manifest.getState().stream());
  }

  /** Returns those that every later version is made of too: sealed factors, and scalars. */
  public static Stream<TensorRef> lasting(Manifest manifest) {
    return Stream.concat(ofFactors(manifest.getSealed()), Stream.ofNullable(manifest.getScalars()));
  }

  /** Returns those that this version alone is made of: open factors, and dense tensors. */
  public static Stream<TensorRef> current(Manifest manifest) {
    return Stream.concat(ofFactors(manifest.getOpen()), manifest.getDense().stream());
  }

  private static Stream<TensorRef> ofFactors(List<Factor> factors) {
    return factors.stream().flatMap(factor -> Stream.of(factor.getLeft(), factor.getRight()));
  }

  /** Returns the bytes of tensors. */
  public static long bytes(Stream<TensorRef> tensors) {
    return tensors
        .flatMap(tensor -> tensor.getChunks().stream())
        .mapToLong(ChunkRef::getSize)
        .sum();
  }
}
