package dev.rivulet.trainer.score;

import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdaRank's score of a layer (arXiv 2408.09015): how far two copies of the model come apart when
 * only this layer is disturbed, in each by a noise of its own.
 *
 * <p>The noise is normal with the standard deviation of the weight, and of the bias for the bias,
 * times a factor. The distance is the L1 norm of the difference of the logits, as a mean over the
 * targets: the rows of a classifier's batch, or the labelled positions of a language model's. The
 * score is the mean over the repeats. Labels do not enter.
 *
 * <p>Noise is keyed by seed, layer and repeat, and each layer is what it was before the next is
 * disturbed. So the scores do not depend on the order in which layers are measured, and the model
 * comes out with the bits that it went in with. (In the authors' notebook the noise of all layers
 * and repeats before adds up.)
 *
 * @param seed of the noise
 * @param repeats pairs of noises per layer, at least 1
 * @param noise factor on the standard deviation; 1 as published
 */
public record Disagreement(long seed, int repeats, double noise) {

  /**
   * Measures layers of a model.
   *
   * @param progress is called after each repeat of each layer
   * @return the score by name of the layer, in the order of the layers
   * @throws InterruptedException when {@code progress} says so
   */
  public Map<String, Double> measure(
      Transformer model, List<LinearLayer> layers, List<TokenBatch> batches, Progress progress)
      throws InterruptedException {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (LinearLayer layer : layers) {
      float[] weight = layer.floats();
      float[] bias = layer.bias().value().toFloatArray();
      double sum = 0;
      for (int repeat = 0; repeat < repeats; repeat++) {
        try (Disturbed first = disturbed(model, layer, weight, bias, 2 * repeat);
            Disturbed second = disturbed(model, layer, weight, bias, 2 * repeat + 1)) {
          sum += distance(first, second, batches);
        }
        progress.done();
      }
      scores.put(layer.name(), sum / repeats);
    }
    return scores;
  }

  /** Returns the mean over all targets of the L1 distance of their logits. */
  private static double distance(Disturbed first, Disturbed second, List<TokenBatch> batches) {
    double sum = 0;
    long targets = 0;
    for (TokenBatch batch : batches) {
      float[] ofFirst = first.logits(batch);
      float[] ofSecond = second.logits(batch);
      for (int i = 0; i < ofFirst.length; i++) {
        sum += Math.abs((double) ofFirst[i] - ofSecond[i]);
      }
      targets += batch.count();
    }
    return sum / targets;
  }

  private Disturbed disturbed(
      Transformer model, LinearLayer layer, float[] weight, float[] bias, int draw) {
    return new Disturbed(
        model,
        layer,
        standIn(model, weight, layer.name() + ".weight", draw, layer.in(), layer.out()),
        standIn(model, bias, layer.name() + ".bias", draw, bias.length));
  }

  private Parameter standIn(
      Transformer model, float[] values, String name, int draw, long... shape) {
    float[] disturbed = KeyedRandom.of(seed, "adarank", name, draw).normal(values.length);
    double sigma = noise * deviation(values);
    for (int i = 0; i < values.length; i++) {
      disturbed[i] = (float) (values[i] + sigma * disturbed[i]);
    }
    return Parameter.of(name, model.kernels().manager(), disturbed, shape);
  }

  /** Returns the standard deviation of values as a population; 0 for none. */
  static double deviation(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return values.length == 0 ? 0 : Math.sqrt(squares / values.length);
  }

  /** A model with one disturbed layer. */
  private record Disturbed(Transformer model, LinearLayer layer, Parameter weight, Parameter bias)
      implements AutoCloseable {

    float[] logits(TokenBatch batch) {
      NDArray denseWeight = weight.value();
      return layer.withStandIns(denseWeight, bias.value(), () -> model.logits(batch));
    }

    @Override
    public void close() {
      weight.close();
      bias.close();
    }
  }
}
