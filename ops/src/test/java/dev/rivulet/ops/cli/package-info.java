@NullMarked
package dev.rivulet.ops.cli;

import org.jspecify.annotations.NullMarked;
