package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * The random numbers of LOZO, all standard normal and each in a stream of its own: V by seed, layer
 * and redraw, U and z by the step's key, layer or tensor, and direction.
 *
 * <p>Since no stream continues another one, a step draws the same U whether or not V is drawn anew
 * at it. (In the code that the authors published, it does not: there the update of a redraw step
 * goes in another direction than the one that was measured.)
 *
 * @param settings of the run
 */
record LozoStreams(LozoSettings settings) {

  /** Returns the key of a step: a function of the run's seed and of the step's number. */
  long key(long step) {
    return KeyedRandom.of(settings.seed(), "lozo.step", "", step).bits(0);
  }

  /** Returns V of a layer, [in, rank], row-major. */
  float[] basis(LozoLayer layer, int redraw) {
    return KeyedRandom.of(settings.seed(), "lozo.v", layer.name(), redraw)
        .normal(layer.in() * layer.rank());
  }

  /** Returns the directions of a step; the same ones for any number of threads. */
  LozoDraw draw(long key, Collection<LozoLayer> layers, Map<String, float[]> dense) {
    return new LozoDraw(
        key,
        all(layers, LozoLayer::name, layer -> layer.rank() * layer.out(), key, "lozo.u"),
        all(dense.entrySet(), Map.Entry::getKey, at -> at.getValue().length, key, "lozo.z"));
  }

  private <T> Map<String, float[][]> all(
      Collection<T> targets,
      Function<T, String> name,
      ToIntFunction<T> size,
      long key,
      String purpose) {
    Map<String, float[][]> drawn = new ConcurrentHashMap<>();
    targets.parallelStream()
        .forEach(
            target ->
                drawn.put(
                    name.apply(target),
                    IntStream.range(0, settings.directions())
                        .mapToObj(
                            direction ->
                                KeyedRandom.of(key, purpose, name.apply(target), direction)
                                    .normal(size.applyAsInt(target)))
                        .toArray(float[][]::new)));
    return drawn;
  }
}
