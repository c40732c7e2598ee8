package dev.rivulet.schemas.version;

import dev.rivulet.schemas.fold.BaseWeight;

/**
 * A layer's weight with the first of its sealed factors folded in: a fold can continue from it.
 *
 * @param weight W, in the run's base form
 * @param folded number of factors that it has
 */
record FoldedWeight(BaseWeight weight, int folded) {}
