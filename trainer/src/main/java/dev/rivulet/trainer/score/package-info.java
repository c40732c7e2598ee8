/**
 * Importance scores of a model's linear layers on sample texts, from which fixed ranks are derived.
 */
@NullMarked
package dev.rivulet.trainer.score;

import org.jspecify.annotations.NullMarked;
