/** The whole program, killed. */
@NullMarked
package dev.rivulet.ops.fault;

import org.jspecify.annotations.NullMarked;
