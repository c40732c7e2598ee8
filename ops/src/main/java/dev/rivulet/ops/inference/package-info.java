/** Commands that use a trained model: {@code eval} and {@code generate}. */
@NullMarked
package dev.rivulet.ops.inference;

import org.jspecify.annotations.NullMarked;
