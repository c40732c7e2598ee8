/** The step loop, and its two ends in the log. */
@NullMarked
package dev.rivulet.trainer.loop;

import org.jspecify.annotations.NullMarked;
