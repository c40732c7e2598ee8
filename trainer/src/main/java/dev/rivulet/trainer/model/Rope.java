package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864): the angle of each pair of a head's
 * elements, per position.
 *
 * @param frequencies radians per position of each pair, [size of a head / 2]
 */
record Rope(double[] frequencies) {

  /**
   * Reads the settings of a {@code config.json}, in the keys of transformers 5 ({@code
   * rope_parameters}) or those before ({@code rope_theta}, {@code rope_scaling}).
   *
   * @param size size of a head
   * @throws IllegalArgumentException when the scaling is none of default, linear, llama3
   */
  static Rope of(ModelJson json, int size) {
    ModelJson scaling =
        json.has("rope_parameters") ? json.inside("rope_parameters") : json.inside("rope_scaling");
    double theta = scaling.number("rope_theta", json.number("rope_theta", 10_000));
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    double[] frequencies = new double[size / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double plain = StrictMath.pow(theta, -2.0 * i / size);
      frequencies[i] =
          switch (type) {
            case "default" -> plain;
            case "linear" -> plain / scaling.number("factor", 1);
            case "llama3" -> llama3(scaling, plain);
            default -> throw json.unsupported("rope_type", type, "default, linear or llama3");
          };
    }
    return new Rope(frequencies);
  }

  /** Llama 3.1's rule: long waves are slowed by the factor, short ones kept, others in between. */
  private static double llama3(ModelJson scaling, double frequency) {
    double factor = scaling.number("factor", 8);
    double low = scaling.number("low_freq_factor", 1);
    double high = scaling.number("high_freq_factor", 4);
    double waves = scaling.whole("original_max_position_embeddings") * frequency / (2 * Math.PI);
    double share = Math.min(Math.max((waves - low) / (high - low), 0), 1);
    return (1 - share) * frequency / factor + share * frequency;
  }

  /** Returns cosine and sine of the angles, both [length, size of a head / 2]. */
  List<Parameter> tables(NDManager owner, int length) {
    float[] cos = new float[length * frequencies.length];
    float[] sin = new float[cos.length];
    for (int i = 0; i < cos.length; i++) {
      int position = i / frequencies.length;
      double angle = position * frequencies[i % frequencies.length];
      cos[i] = (float) StrictMath.cos(angle);
      sin[i] = (float) StrictMath.sin(angle);
    }
    return List.of(
        Parameter.of("rope.cos", owner, cos, length, frequencies.length),
        Parameter.of("rope.sin", owner, sin, length, frequencies.length));
  }
}
