/** The fold: how sealed factors and keyed random numbers become weights, without an engine. */
@NullMarked
package dev.rivulet.schemas.fold;

import org.jspecify.annotations.NullMarked;
