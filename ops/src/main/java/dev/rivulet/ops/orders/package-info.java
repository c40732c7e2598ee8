/**
 * Orders to a run: pause, resume, checkpoint, stop, and rollback with batches to skip. Each is
 * checked against the log and published to the topic {@code control}. Commands and routes use it.
 */
@NullMarked
package dev.rivulet.ops.orders;

import org.jspecify.annotations.NullMarked;
