package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.fold.Rounding;

/**
 * The overlay L·R of a layer over one life of V: what its weight gains when V is drawn anew.
 *
 * @param layer name of the layer
 * @param redraw number of the V, from 0
 * @param rank r
 * @param left L = V, [in, rank], row-major
 * @param right R, the sum of the updates' other factors, [rank, out], row-major
 * @param rounding how the weight is rounded when the overlay goes into it
 */
public record LozoFactor(
    String layer, int redraw, int rank, float[] left, float[] right, Rounding rounding) {}
