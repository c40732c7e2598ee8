@NullMarked
package dev.rivulet.ops;

import org.jspecify.annotations.NullMarked;
