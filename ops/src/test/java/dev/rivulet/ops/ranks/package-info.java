@NullMarked
package dev.rivulet.ops.ranks;

import org.jspecify.annotations.NullMarked;
