@NullMarked
package dev.rivulet.ops.train;

import org.jspecify.annotations.NullMarked;
