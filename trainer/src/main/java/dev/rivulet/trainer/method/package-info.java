/** Training methods. */
@NullMarked
package dev.rivulet.trainer.method;

import org.jspecify.annotations.NullMarked;
