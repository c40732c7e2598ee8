/** Whole runs of small models against a real broker and a real rank monitor. */
@NullMarked
package dev.rivulet.trainer.run;

import org.jspecify.annotations.NullMarked;
