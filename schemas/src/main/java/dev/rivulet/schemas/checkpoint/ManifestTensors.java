package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The tensors that a manifest refers to. */
public final class ManifestTensors {
  private ManifestTensors() {}

  /** Returns all of them: {@link #lasting}, {@link #current}, and the optimizer state. */
  public static Stream<TensorRef> of(Manifest manifest) {
    return Stream.of(lasting(manifest), current(manifest), manifest.getState().stream())
        .flatMap(tensors -> tensors);
  }

  /** Returns those that every later version is made of too: sealed factors, and scalars. */
  public static Stream<TensorRef> lasting(Manifest manifest) {
    return Stream.concat(
        ofFactors(manifest.getSealed()), Optional.ofNullable(manifest.getScalars()).stream());
  }

  /** Returns those that this version alone is made of: open factors, and dense tensors. */
  public static Stream<TensorRef> current(Manifest manifest) {
    return Stream.concat(ofFactors(manifest.getOpen()), manifest.getDense().stream());
  }

  /** Returns the bytes of some tensors. */
  public static long bytes(Stream<TensorRef> tensors) {
    return tensors.mapToLong(ManifestTensors::bytes).sum();
  }

  /** Returns the bytes of a tensor. */
  public static long bytes(TensorRef tensor) {
    return tensor.getChunks().stream().mapToLong(ChunkRef::getSize).sum();
  }

  private static Stream<TensorRef> ofFactors(List<Factor> factors) {
    return factors.stream().flatMap(factor -> Stream.of(factor.getLeft(), factor.getRight()));
  }
}
