/** The records and the progress of a run, for commands to show. */
@NullMarked
package dev.rivulet.ops.report;

import org.jspecify.annotations.NullMarked;
