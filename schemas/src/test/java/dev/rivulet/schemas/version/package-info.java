@NullMarked
package dev.rivulet.schemas.version;

import org.jspecify.annotations.NullMarked;
