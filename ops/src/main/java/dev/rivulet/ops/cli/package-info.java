/** The program: its commands, and how failures end it. */
@NullMarked
package dev.rivulet.ops.cli;

import org.jspecify.annotations.NullMarked;
