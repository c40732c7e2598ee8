@NullMarked
package dev.rivulet.ops.broker;

import org.jspecify.annotations.NullMarked;
