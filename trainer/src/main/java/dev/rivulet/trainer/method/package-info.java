/**
 * Training methods: AdamW, AdaRankGrad, LoQT, LoRA, LOZO and linear probing. A {@link
 * dev.rivulet.trainer.method.MethodConfig} starts a {@link dev.rivulet.trainer.method.Method} on a
 * model.
 */
@NullMarked
package dev.rivulet.trainer.method;

import org.jspecify.annotations.NullMarked;
