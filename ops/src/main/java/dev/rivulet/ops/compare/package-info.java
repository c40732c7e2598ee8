/** Methods side by side: the same model, data, steps and seeds for each, through the pipeline. */
@NullMarked
package dev.rivulet.ops.compare;

import org.jspecify.annotations.NullMarked;
