package dev.rivulet.schemas.lozo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.record.Manifest;

/**
 * The settings of LOZO (arXiv 2410.07698) that decide what the weights become, given the scalars of
 * the steps.
 *
 * @param seed seed of the run
 * @param rank rank r of the updates; a layer with a side that is shorter has that side's
 * @param redrawEvery updates (ν) for which V stays
 * @param momentum decay β of the momentum of LOZO-M; 0 for LOZO
 * @param queries one-sided queries of a step; 0 for the central pair along one direction
 * @param rounding how a weight is rounded when an overlay goes into it
 */
public record LozoSettings(
    long seed, int rank, int redrawEvery, double momentum, int queries, RoundingPolicy rounding) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Checks the ranges. */
  public LozoSettings {
    require(rank >= 1, "rank %d: use at least 1", rank);
    require(redrawEvery >= 1, "redrawEvery %d: use at least 1", redrawEvery);
    require(momentum >= 0 && momentum < 1, "momentum %s: use a number in [0, 1)", momentum);
    require(queries >= 0, "queries %d: use 0 for the central pair, or at least 1", queries);
  }

  /**
   * Returns the settings that a checkpoint was made with.
   *
   * @throws UsageException when it is not a checkpoint of LOZO
   */
  public static LozoSettings of(Manifest manifest) {
    JsonNode config;
    try {
      config = JSON.readTree(manifest.getConfig());
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "checkpoint %s: its configuration is not JSON".formatted(manifest.getCheckpoint()), e);
    }
    return new LozoSettings(
        manifest.getProvenance().getSeed(),
        setting(manifest, config, "lozo.rank").intValue(),
        setting(manifest, config, "lozo.redrawEvery").intValue(),
        setting(manifest, config, "lozo.momentum").doubleValue(),
        setting(manifest, config, "lozo.queries").intValue(),
        RoundingPolicy.valueOf(config.path("rounding").asText(RoundingPolicy.NEAREST.name())));
  }

  private static JsonNode setting(Manifest manifest, JsonNode config, String key) {
    JsonNode value = config.path(key);
    if (!value.isNumber()) {
      throw new UsageException(
          "checkpoint %s of method %s: its configuration has no number %s"
              .formatted(manifest.getCheckpoint(), manifest.getMethod(), key));
    }
    return value;
  }

  private static void require(boolean condition, String message, Object value) {
    if (!condition) {
      throw new UsageException(message.formatted(value));
    }
  }

  /** Returns the number of directions that a step looks in. */
  public int directions() {
    return Math.max(1, queries);
  }

  boolean hasMomentum() {
    return momentum > 0;
  }
}
