/**
 * Commands that run roles of the pipeline in the foreground: {@code up}, {@code pack}, {@code
 * train}, {@code monitor} and {@code status}.
 */
@NullMarked
package dev.rivulet.ops.roles;

import org.jspecify.annotations.NullMarked;
