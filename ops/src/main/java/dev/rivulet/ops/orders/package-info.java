/**
 * Orders to a run, as records of the topic {@code control}: checked against the log, published, and
 * followed until they are obeyed. Commands and routes are built on them.
 */
@NullMarked
package dev.rivulet.ops.orders;

import org.jspecify.annotations.NullMarked;
