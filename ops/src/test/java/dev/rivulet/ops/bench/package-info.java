@NullMarked
package dev.rivulet.ops.bench;

import org.jspecify.annotations.NullMarked;
