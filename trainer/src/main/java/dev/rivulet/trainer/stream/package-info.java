/** Consumers of the topics that a trainer reads: batches, ranks and commands. */
@NullMarked
package dev.rivulet.trainer.stream;

import org.jspecify.annotations.NullMarked;
