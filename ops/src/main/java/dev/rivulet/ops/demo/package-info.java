/** The demonstrations: their data, their runs and their reports. */
@NullMarked
package dev.rivulet.ops.demo;

import org.jspecify.annotations.NullMarked;
