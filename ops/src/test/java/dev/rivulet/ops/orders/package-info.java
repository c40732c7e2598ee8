@NullMarked
package dev.rivulet.ops.orders;

import org.jspecify.annotations.NullMarked;
