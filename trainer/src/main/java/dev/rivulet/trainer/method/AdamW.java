package dev.rivulet.trainer.method;

import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** AdamW on all weights: the baseline that the other methods are measured against. */
final class AdamW implements Method {
  private static final String UPDATES = "adam.updates";

  private final Transformer model;
  private final double clipNorm;
  private final Adam adam;
  private final Set<Parameter> wanted;

  AdamW(MethodConfig.AdamW config, Transformer model, boolean trainEmbeddings, double clipNorm) {
    this.model = model;
    this.clipNorm = clipNorm;
    adam = new Adam(model.kernels(), config, trained(model, trainEmbeddings));
    wanted = new HashSet<>(adam.parameters());
  }

  private static List<Parameter> trained(Transformer model, boolean trainEmbeddings) {
    List<Parameter> trained = new ArrayList<>(trainEmbeddings ? model.embedding() : List.of());
    model.layers().forEach(layer -> trained.add(layer.weight()));
    trained.addAll(model.small());
    return trained;
  }

  @Override
  public StepResult step(TokenBatch batch, long step, double learningRate, RankSource ranks) {
    try (GradientBuffer gradients = new GradientBuffer(model.kernels())) {
      float loss = model.gradients(batch, wanted, gradients);
      double norm = gradients.norm();
      boolean finite = Float.isFinite(loss) && Double.isFinite(norm);
      if (finite) {
        adam.update(gradients, learningRate, Method.clipScale(norm, clipNorm));
      }
      return new StepResult(loss, norm, finite, Optional.empty());
    }
  }

  @Override
  public Snapshot snapshot() {
    return new Snapshot(
        List.of(),
        List.of(),
        adam.parameters().stream().map(HostTensor::of).toList(),
        adam.snapshot(),
        Map.of(UPDATES, adam.updates()));
  }

  @Override
  public void restore(Snapshot snapshot) {
    Tensors.into(snapshot.dense(), adam.parameters().stream());
    adam.restore(Tensors.byName(snapshot.state()), snapshot.counter(UPDATES));
  }

  @Override
  public long optimizerBytes() {
    return adam.bytes();
  }

  @Override
  public void close() {
    adam.close();
  }
}
