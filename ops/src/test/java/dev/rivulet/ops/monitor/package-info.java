@NullMarked
package dev.rivulet.ops.monitor;

import org.jspecify.annotations.NullMarked;
