/** Weights in few bits: the NF4 codec and its double quantisation. */
@NullMarked
package dev.rivulet.schemas.quant;

import org.jspecify.annotations.NullMarked;
