package dev.rivulet.ops.compare;

import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Synthetic results. */
final class Results {
  private Results() {}

  /** Returns a result whose accuracies are given, at steps 0, 10, 20 and so on. */
  static RunResult of(String variant, long seed, double... accuracies) {
    TreeMap<Long, Double> accuracy = new TreeMap<>();
    TreeMap<Long, Double> loss = new TreeMap<>();
    for (int i = 0; i < accuracies.length; i++) {
      accuracy.put(10L * i, accuracies[i]);
      loss.put(10L * i + 1, 1 - accuracies[i]);
    }
    return new RunResult(
        variant,
        seed,
        "reviews-%s-s%d".formatted(variant, seed),
        variant,
        10L * (accuracies.length - 1),
        10L * (accuracies.length - 1),
        Map.of("accuracy", new Curve(accuracy)),
        new Curve(loss),
        0.5,
        0.75,
        360,
        500_000_000,
        100_000_000,
        2_000_000,
        0.01,
        8_000_000,
        1_500_000,
        null);
  }

  /** Returns a comparison as large as that of the demo: seven variants, three seeds. */
  static Comparison large() {
    List<String> variants =
        List.of(
            "adamw", "adarankgrad", "galore", "lora", "adarank-lora", "loqt", "nf4-adarankgrad");
    List<RunResult> results = new ArrayList<>();
    for (int seed = 0; seed < 3; seed++) {
      for (int i = 0; i < variants.size(); i++) {
        results.add(drawn(variants.get(i), i, seed));
      }
    }
    return new Comparison("acceptability-600", results, List.of());
  }

  private static RunResult drawn(String variant, int place, int seed) {
    KeyedRandom random = KeyedRandom.of(seed, "results", variant, 0);
    float[] noise = random.normal(601);
    TreeMap<Long, Double> accuracy = new TreeMap<>();
    TreeMap<Long, Double> loss = new TreeMap<>();
    for (int step = 0; step <= 600; step++) {
      double learned = (0.2 + 0.02 * (3 - Math.abs(3 - place))) * (1 - Math.exp(-step / 150.0));
      if (step % 100 == 0) {
        accuracy.put((long) step, 0.5 + learned + 0.008 * noise[step]);
      }
      if (step > 0) {
        loss.put((long) step, 0.7 - 0.8 * learned + 0.1 * noise[step]);
      }
    }
    return new RunResult(
        variant,
        seed,
        "acceptability-600-%s-s%d".formatted(variant, seed),
        variant,
        600,
        600,
        Map.of("accuracy", new Curve(accuracy)),
        new Curve(loss),
        0.35,
        0.36,
        216,
        520_000_000L - 50_000_000L * place + (long) (4e6 * noise[1]),
        240_000_000,
        6_000_000,
        0.002,
        270_000_000,
        8_000_000,
        place == 0 ? null : 12.0);
  }
}
