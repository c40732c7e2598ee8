@NullMarked
package dev.rivulet.schemas.topic;

import org.jspecify.annotations.NullMarked;
