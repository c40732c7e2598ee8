package dev.rivulet.ops.config;

import dev.rivulet.schemas.failure.UsageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The runs of a comparison: one base configuration, for each variant an overlay that is merged into
 * it, key by key, and all of it once for each seed. The overlays come from a file of their own:
 *
 * <pre>{@code
 * variants:
 *   adamw: {train: {method: adamw, learningRate: 5e-5}}
 *   rank-8: {adarankgrad: {minRank: 8, maxRank: 8}}
 * }</pre>
 *
 * A name that the file does not have is that of a method, and sets {@code train.method}.
 *
 * @param run name of the base configuration's run
 * @param all all variants of the first seed, then of the next
 */
public record Variants(String run, List<Variant> all) {

  /**
   * One run of a comparison.
   *
   * @param name of the variant
   * @param seed seed of the run and of the packing
   * @param config its configuration; the run is named {@code RUN-NAME-sSEED}, and its stream of
   *     batches {@code STREAM-sSEED}, the same for all variants
   * @param yaml the same as a file, whose paths are absolute, without the sections {@code kafka}
   *     and {@code status}
   */
  public record Variant(String name, long seed, RunConfig config, String yaml) {}

  /**
   * What a comparison needs besides its files.
   *
   * @param names the variants, in order; empty for all of the file
   * @param seeds the seeds, in order
   * @param steps optimizer steps; null for those of the base file
   * @param ownSource whether the samples' source, where the base file names none, is called as the
   *     run is
   */
  public record Request(
      List<String> names, List<Long> seeds, @Nullable Long steps, boolean ownSource) {}

  /**
   * Reads the files.
   *
   * @param overlays the variants' file, if there is one
   * @throws ConfigException when something is wrong with any of the configurations: the message
   *     lists all problems, each with the variant and the key
   * @throws UsageException when a file cannot be read
   */
  public static Variants load(Path base, Optional<Path> overlays, Request request) {
    return new VariantReader(ConfigFile.read(base), overlays.map(ConfigFile::read), request).read();
  }
}
