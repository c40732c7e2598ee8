@NullMarked
package dev.rivulet.ops.compare;

import org.jspecify.annotations.NullMarked;
