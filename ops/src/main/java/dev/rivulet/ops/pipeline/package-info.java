/** The roles of a run (packer, monitor, trainer), on threads of one process. */
@NullMarked
package dev.rivulet.ops.pipeline;

import org.jspecify.annotations.NullMarked;
