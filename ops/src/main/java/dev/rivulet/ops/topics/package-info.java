/** The {@code topics} command: creates the topics, and prints their records. */
@NullMarked
package dev.rivulet.ops.topics;

import org.jspecify.annotations.NullMarked;
