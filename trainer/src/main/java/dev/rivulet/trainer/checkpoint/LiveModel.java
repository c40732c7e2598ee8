package dev.rivulet.trainer.checkpoint;

import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A model in training, and the method at work on it.
 *
 * @param model the model
 * @param method the method
 * @param processBytes resident size of the process before a model was loaded; 0 where the system
 *     does not tell
 */
public record LiveModel(Transformer model, Method method, long processBytes)
    implements AutoCloseable {

  /** Returns the ranks in force, by layer; empty when no layer has an overlay. */
  Map<String, Integer> ranks() {
    return model.layers().stream()
        .filter(layer -> layer.rank() > 0)
        .collect(Collectors.toMap(LinearLayer::name, LinearLayer::rank));
  }

  /** Returns the bytes of the model's weights, overlays not counted. */
  public long weightBytes() {
    return model.parameters().stream().mapToLong(Parameter::bytes).sum() - model.overlayBytes();
  }

  @Override
  public void close() {
    method.close();
    model.close();
  }
}
