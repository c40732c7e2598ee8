package dev.rivulet.trainer.model;

/**
 * What a model says of a batch.
 *
 * @param loss mean cross-entropy over the targets, in nats; may be not finite
 * @param predictions the most likely class of each target, in order
 */
public record Evaluation(float loss, long[] predictions) {}
