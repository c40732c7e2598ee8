/**
 * Zeroth-order training without an engine: what decides the weights, so that a run can be taken
 * again from the scalars in its log.
 */
@NullMarked
package dev.rivulet.schemas.lozo;

import org.jspecify.annotations.NullMarked;
