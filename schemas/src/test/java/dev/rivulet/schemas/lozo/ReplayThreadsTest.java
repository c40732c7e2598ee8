package dev.rivulet.schemas.lozo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.fold.RoundingPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

/** Compares replays of a model of the size of all-MiniLM-L6-v2 with one thread and with several. */
class ReplayThreadsTest {
  private static final int STEPS = 60;
  private static final int WIDTH = 384;

  private final List<LozoWeights.Layer> layers = new ArrayList<>();
  private final Map<String, float[]> dense = new HashMap<>();

  ReplayThreadsTest() {
    for (int block = 0; block < 6; block++) {
      for (String name : List.of("query", "key", "value", "output")) {
        add(block + "." + name, WIDTH, WIDTH);
      }
      add(block + ".intermediate", WIDTH, 4 * WIDTH);
      add(block + ".outer", 4 * WIDTH, WIDTH);
      dense.put(block + ".norms", new float[4 * WIDTH]);
    }
    dense.put("embedding.norm", new float[2 * WIDTH]);
    dense.put("pooler", new float[(WIDTH + 1) * WIDTH]);
    dense.put("classifier", new float[2 * (WIDTH + 1)]);
  }

  private void add(String name, int in, int out) {
    layers.add(new LozoWeights.Layer(name, in, out));
    dense.put(name + ".bias", new float[out]);
  }

  /** Includes momentum and redraws of V. Prints the time per step. */
  @Test
  void advance_anyNumberOfThreads_hasTheSameBits() {
    LozoWeights one =
        new LozoWeights(new LozoSettings(7, 2, 50, 0.9, 0, RoundingPolicy.NEAREST), layers, dense);
    LozoWeights several =
        new LozoWeights(new LozoSettings(7, 2, 50, 0.9, 0, RoundingPolicy.NEAREST), layers, dense);
    double milliseconds = replay(one, 1);
    replay(several, 4);

    for (LozoWeights.Layer layer : layers) {
      assertThat(several.right(layer.name())).isEqualTo(one.right(layer.name()));
      assertThat(several.momentum(layer.name())).isEqualTo(one.momentum(layer.name()));
    }
    dense.keySet().forEach(name -> assertThat(several.dense(name)).isEqualTo(one.dense(name)));
    System.out.printf(
        "LOZO, rank 2, MiniLM: %.1f ms per replayed step on one thread%n", milliseconds);
  }

  /** Replays steps and returns the milliseconds per step of the second half. */
  private static double replay(LozoWeights weights, int threads) {
    ForkJoinPool pool = new ForkJoinPool(threads);
    try {
      return pool.submit(
              () -> {
                for (long step = 1; step <= STEPS; step++) {
                  StepScalars scalars = new StepScalars(weights.key(step), new float[] {0.1f});
                  weights.advance(new TakenStep(step, 1e-3, true, scalars));
                }
                long begin = System.nanoTime();
                for (long step = STEPS + 1; step <= 2 * STEPS; step++) {
                  StepScalars scalars = new StepScalars(weights.key(step), new float[] {0.1f});
                  weights.advance(new TakenStep(step, 1e-3, true, scalars));
                }
                return (System.nanoTime() - begin) / 1e6 / STEPS;
              })
          .join();
    } finally {
      pool.shutdown();
    }
  }
}
