package dev.rivulet.schemas.version;

import dev.rivulet.schemas.failure.RivuletException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsWriter;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * A folder of weights that have been folded before, one file per layer, so that a fold continues
 * where the last one ended.
 *
 * <p>A file records how many factors are in its weight, and the digest of its inputs. So it is used
 * only where the history of a version begins with just those; after a rollback past it, or when it
 * is damaged, the weight is computed again. The folder may be deleted at any time.
 */
final class FoldedWeights {
  private static final String WEIGHT = "weight";
  private static final String FOLDED = "folded";
  private static final String ORIGIN = "origin";
  private static final String CHECKSUM = "crc32c";

  private final Path folder;

  /**
   * Opens a folder, which is created if it is not there.
   *
   * @throws IOException when it cannot be
   */
  FoldedWeights(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
  }

  /**
   * Returns a layer's weight, if the kept one is an ancestor of the requested one.
   *
   * @param most factors that may be in it
   * @param origin digest of all that a weight with a number of factors is made from
   */
  Optional<FoldedWeight> find(
      String layer, BaseForm form, int in, int out, int most, IntFunction<String> origin) {
    Path path = path(layer);
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      int folded = Integer.parseInt(file.metadata().getOrDefault(FOLDED, "-1"));
      if (folded < 0
          || folded > most
          || !origin.apply(folded).equals(file.metadata().get(ORIGIN))) {
        return Optional.empty();
      }
      BaseWeight weight = WeightTensors.read(file, WEIGHT, form, in, out);
      return checksum(WeightTensors.of(WEIGHT, weight)).equals(file.metadata().get(CHECKSUM))
          ? Optional.of(new FoldedWeight(weight, folded))
          : Optional.empty();
    } catch (IOException | RivuletException e) {
      return Optional.empty();
    }
  }

  /**
   * Keeps a layer's weight in the place of the one before.
   *
   * @param origin digest of all that it was made from
   * @throws UsageException when the folder cannot be written; the older weight is still there
   */
  void keep(String layer, FoldedWeight folded, String origin) {
    List<Tensor> tensors = WeightTensors.of(WEIGHT, folded.weight());
    Map<String, String> metadata =
        Map.of(
            FOLDED, String.valueOf(folded.folded()), ORIGIN, origin, CHECKSUM, checksum(tensors));
    try {
      SafetensorsWriter.write(path(layer), metadata, tensors);
    } catch (IOException e) {
      throw UsageException.of(path(layer), e);
    }
  }

  private static String checksum(List<Tensor> tensors) {
    CRC32C checksum = new CRC32C();
    tensors.forEach(tensor -> checksum.update(tensor.data().get()));
    return Long.toHexString(checksum.getValue());
  }

  private Path path(String layer) {
    return folder.resolve(layer + ".safetensors");
  }
}
