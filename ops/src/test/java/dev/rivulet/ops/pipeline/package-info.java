@NullMarked
package dev.rivulet.ops.pipeline;

import org.jspecify.annotations.NullMarked;
