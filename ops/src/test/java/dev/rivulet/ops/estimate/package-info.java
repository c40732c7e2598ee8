@NullMarked
package dev.rivulet.ops.estimate;

import org.jspecify.annotations.NullMarked;
