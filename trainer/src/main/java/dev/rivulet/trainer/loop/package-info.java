/** The step loop of a run: batches in, records out, commands obeyed. */
@NullMarked
package dev.rivulet.trainer.loop;

import org.jspecify.annotations.NullMarked;
