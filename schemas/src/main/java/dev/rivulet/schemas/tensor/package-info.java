@NullMarked
package dev.rivulet.schemas.tensor;

import org.jspecify.annotations.NullMarked;
