@NullMarked
package dev.rivulet.ops.model;

import org.jspecify.annotations.NullMarked;
