package dev.rivulet.trainer.model;

/**
 * What the head of a model says of a batch.
 *
 * @param loss mean cross-entropy, in nats; may be not finite
 * @param logits [rows, classes], row-major
 */
public record Evaluation(float loss, float[] logits) {}
