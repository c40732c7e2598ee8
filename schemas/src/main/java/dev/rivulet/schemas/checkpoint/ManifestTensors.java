package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import java.util.Collection;
import java.util.stream.Stream;

/** The tensors that a manifest refers to. */
public final class ManifestTensors {
  private ManifestTensors() {}

  /** Returns what the model is made of: sealed and open factors, dense tensors, scalars. */
  public static Stream<TensorRef> ofModel(Manifest manifest) {
    Stream<TensorRef> factors =
        Stream.of(manifest.getSealed(), manifest.getOpen())
            .flatMap(Collection::stream)
            .flatMap(factor -> Stream.of(factor.getLeft(), factor.getRight()));
    Stream<TensorRef> whole =
        Stream.concat(manifest.getDense().stream(), Stream.ofNullable(manifest.getScalars()));
    return Stream.concat(factors, whole);
  }

  /** Returns those of the model, and the optimizer state. */
  public static Stream<TensorRef> all(Manifest manifest) {
    return Stream.concat(ofModel(manifest), manifest.getState().stream());
  }

  /** Returns the bytes of tensors. */
  public static long bytes(Stream<TensorRef> tensors) {
    return tensors
        .flatMap(tensor -> tensor.getChunks().stream())
        .mapToLong(ChunkRef::getSize)
        .sum();
  }
}
