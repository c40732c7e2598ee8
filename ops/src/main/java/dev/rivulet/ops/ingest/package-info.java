/** Commands that bring data in: {@code ingest} and {@code tokenizer}. */
@NullMarked
package dev.rivulet.ops.ingest;

import org.jspecify.annotations.NullMarked;
