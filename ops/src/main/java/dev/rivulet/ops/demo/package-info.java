@NullMarked
package dev.rivulet.ops.demo;

import org.jspecify.annotations.NullMarked;
