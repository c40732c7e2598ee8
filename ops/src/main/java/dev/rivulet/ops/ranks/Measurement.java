package dev.rivulet.ops.ranks;

import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.ingest.pack.TextBatches;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.policy.ScoredModule;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.ModelShape;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.score.Disagreement;
import dev.rivulet.trainer.score.GradientImportance;
import dev.rivulet.trainer.score.Progress;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The measurement of the layers' scores on some samples.
 *
 * @param config names the model, the task, the device, and the layers where LoRA has targets
 * @param disagreement how layers are disturbed
 * @param score what is measured
 */
record Measurement(RunConfig config, Disagreement disagreement, Score score) {
  /** Most logits of a batch: both models' are held in the Java heap. */
  private static final int MOST_LOGITS = 1 << 24;

  private static final int LEAST_LENGTH = 8;

  /**
   * What was measured: layers without a score, and their scores by name; none where a score is not
   * asked for.
   */
  record Result(
      List<ScoredModule> layers, Map<String, Double> disagreement, Map<String, Double> gradient) {}

  /**
   * Measures.
   *
   * @param progress receives the number of steps, and makes the listener that is called after each
   * @throws UsageException when model or samples do not suit; the message says why
   * @throws InterruptedException when {@code progress} says so
   */
  Result run(List<Sample> samples, IntFunction<Progress> progress) throws InterruptedException {
    requireLabels(samples);
    TrainerConfig trainer = config.trainer();
    List<Batch> packed = TextBatches.of(fitting(), samples);
    try (Kernels kernels = trainer.engine().load();
        Transformer model =
            ModelLoader.load(
                kernels,
                trainer.model().path(),
                new LoadOptions(
                    trainer.model().labels().size(), trainer.seed(), trainer.model().base()))) {
      model.setPrecision(trainer.engine().precision().orElse(Precision.FP32));
      model.setMemory(MemoryMode.LEAN);
      List<LinearLayer> layers =
          trainer.method() instanceof LoraConfig lora
              ? lora.targeted(model.layers())
              : model.layers();
      List<TokenBatch> batches = new ArrayList<>();
      try {
        for (Batch batch : packed) {
          batches.add(TokenBatch.of(kernels.manager(), batch));
        }
        return measure(model, layers, batches, progress);
      } finally {
        batches.forEach(TokenBatch::close);
      }
    }
  }

  private Result measure(
      Transformer model,
      List<LinearLayer> layers,
      List<TokenBatch> batches,
      IntFunction<Progress> progress)
      throws InterruptedException {
    int disturbances = score.needsDisagreement() ? layers.size() * disagreement.repeats() : 0;
    Progress listener = progress.apply(disturbances + (score.needsGradient() ? 1 : 0));
    Map<String, Double> gradient = Map.of();
    if (score.needsGradient()) {
      gradient = GradientImportance.measure(model, layers, batches);
      listener.done();
    }
    Map<String, Double> distances =
        score.needsDisagreement()
            ? disagreement.measure(model, layers, batches, listener)
            : Map.of();
    return new Result(
        layers.stream()
            .map(layer -> new ScoredModule(layer.name(), layer.kind(), layer.in(), layer.out(), 0))
            .toList(),
        distances,
        gradient);
  }

  private void requireLabels(List<Sample> samples) {
    PackerConfig packer = config.packer();
    if (!score.needsGradient() || packer.task() != Task.CLASSIFICATION) {
      return;
    }
    long without =
        samples.stream()
            .filter(
                sample -> sample.getLabel() == null || !packer.labels().contains(sample.getLabel()))
            .count();
    if (without > 0) {
      throw new UsageException(
          "%d of %d samples have none of the labels %s, which --score %s needs; use --score %s"
              .formatted(without, samples.size(), packer.labels(), score, Score.DISAGREEMENT));
    }
  }

  /** Returns the packer's settings, with batches that are small enough for their logits. */
  private PackerConfig fitting() {
    PackerConfig packer = config.packer();
    ModelShape shape = ModelShape.read(config.trainer().model().path(), packer.labels().size());
    int positions = MOST_LOGITS / shape.classes();
    int length = packer.maxLength();
    int rows = packer.batchSize();
    if (shape.causal()) {
      length = Math.max(LEAST_LENGTH, Math.min(length, positions));
      rows = Math.max(1, Math.min(rows, positions / length));
    }
    return new PackerConfig(
        packer.stream(),
        packer.source(),
        packer.tokenizer(),
        packer.task(),
        packer.labels(),
        packer.endOfText(),
        rows,
        length,
        packer.shuffleWindow(),
        packer.dataEpochs(),
        packer.follow(),
        packer.evalShare(),
        packer.seed());
  }
}
