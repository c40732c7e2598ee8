/** Base weights and their low-rank overlays. */
@NullMarked
package dev.rivulet.trainer.factor;

import org.jspecify.annotations.NullMarked;
