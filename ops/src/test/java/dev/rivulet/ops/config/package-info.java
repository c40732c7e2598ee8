@NullMarked
package dev.rivulet.ops.config;

import org.jspecify.annotations.NullMarked;
