/** Measurements of the trainer: time, memory, and what the pipeline around it costs. */
@NullMarked
package dev.rivulet.ops.bench;

import org.jspecify.annotations.NullMarked;
