/** Commands that give orders to a run: {@code control} and {@code rollback}. */
@NullMarked
package dev.rivulet.ops.control;

import org.jspecify.annotations.NullMarked;
