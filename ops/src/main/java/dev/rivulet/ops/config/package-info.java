/**
 * The configuration file of a run: YAML sections, the records that they become, and the report of
 * every mistake with its line.
 */
@NullMarked
package dev.rivulet.ops.config;

import org.jspecify.annotations.NullMarked;
