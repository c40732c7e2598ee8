/**
 * The prediction of LoRA ranks before a run: importance scores of the layers on sample texts, and
 * the ranks that follow from them.
 */
@NullMarked
package dev.rivulet.ops.ranks;

import org.jspecify.annotations.NullMarked;
