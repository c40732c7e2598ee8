@NullMarked
package dev.rivulet.schemas.codec;

import org.jspecify.annotations.NullMarked;
