package dev.rivulet.trainer.run;

import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.method.Method;
import dev.rivulet.trainer.method.MethodContext;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TokenBatches;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A repetition of a run with the trainer's engine and method, on the batches and ranks of the log.
 * Its weights are those of the trainer, without a pass through the log.
 */
final class ShadowRun implements AutoCloseable {
  /** Weights of a BERT head: [in, out] in memory, although they are not layers of a block. */
  private static final Set<String> HEAD = Set.of("pooler.dense.weight", "classifier.weight");

  private final Kernels kernels;
  private final Transformer model;
  private final Method method;
  private final Map<Long, Batch> batches;

  /**
   * Starts at the base model.
   *
   * @param batches of the run's stream, by offset
   */
  ShadowRun(TrainerConfig config, Map<Long, Batch> batches) {
    this.batches = batches;
    kernels = config.engine().load();
    model =
        ModelLoader.load(
            kernels,
            config.model().path(),
            new LoadOptions(config.model().labels().size(), config.seed(), config.model().base()));
    model.setPrecision(config.engine().precision().orElse(Precision.FP32));
    method =
        config
            .method()
            .start(
                new MethodContext(
                    model,
                    config.model().trainEmbeddings(),
                    config.optimization().clipNorm(),
                    config.seed(),
                    config.model().rounding()));
  }

  /** Takes the step of a record. */
  void take(Step record) {
    List<Batch> inputs =
        record.getBatches().stream().map(TopicOffset::getOffset).map(batches::get).toList();
    try (TokenBatches onDevice = TokenBatches.of(kernels, inputs)) {
      var unused =
          method.step(
              onDevice.all(),
              record.getStep(),
              record.getLearningRate(),
              (refresh, step, spectra) ->
                  new RankSource.Decided(refresh, Map.copyOf(record.getRanks()), false, 0));
    }
  }

  /** Returns every tensor of the model in Hugging Face layout, with merged overlays. */
  Map<String, float[]> tensors() {
    Map<String, LayerFactor> open = new HashMap<>();
    method.snapshot().open().forEach(factor -> open.put(factor.layer(), factor));
    Map<String, float[]> tensors = new TreeMap<>();
    for (Parameter parameter : model.embedding()) {
      tensors.put(parameter.name(), HostTensor.of(parameter).values());
    }
    for (Parameter parameter : model.small()) {
      float[] values = HostTensor.of(parameter).values();
      List<Long> shape = parameter.shape();
      tensors.put(
          parameter.name(),
          HEAD.contains(parameter.name())
              ? turned(values, shape.get(0).intValue(), shape.get(1).intValue())
              : values);
    }
    for (LinearLayer layer : model.layers()) {
      float[] weight = layer.floats();
      LayerFactor overlay = open.get(layer.name());
      if (overlay != null) {
        Fold.add(weight, overlay.update());
      } else if (layer.rank() > 0) {
        // LOZO's overlay is not in a snapshot.
        Fold.add(weight, layer.factor(0).update());
      }
      tensors.put(layer.name() + ".weight", turned(weight, layer.in(), layer.out()));
    }
    return tensors;
  }

  private static float[] turned(float[] values, int rows, int cols) {
    float[] turned = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[i % cols * rows + i / cols] = values[i];
    }
    return turned;
  }

  @Override
  public void close() {
    method.close();
    model.close();
    kernels.close();
  }
}
