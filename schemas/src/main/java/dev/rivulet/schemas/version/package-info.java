/** Versions of a model: what a base model and the log make of it, without an engine. */
@NullMarked
package dev.rivulet.schemas.version;

import org.jspecify.annotations.NullMarked;
