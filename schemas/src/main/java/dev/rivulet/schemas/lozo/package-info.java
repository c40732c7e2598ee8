/**
 * Zeroth-order training (LOZO) without an engine: the directions and updates of the weights, from
 * which a run is replayed with the scalars in its log.
 */
@NullMarked
package dev.rivulet.schemas.lozo;

import org.jspecify.annotations.NullMarked;
