/** The benchmark of the trainer: step time, memory, and the overhead of the pipeline. */
@NullMarked
package dev.rivulet.ops.bench;

import org.jspecify.annotations.NullMarked;
