package dev.rivulet.schemas.version;

import dev.rivulet.schemas.fold.BaseWeight;

/**
 * A layer's weight with the first of its sealed factors folded in: where a fold can go on.
 *
 * @param weight W, in the run's base form
 * @param folded number of factors that it has
 */
record FoldedWeight(BaseWeight weight, int folded) {}
