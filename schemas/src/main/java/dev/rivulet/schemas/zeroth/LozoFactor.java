package dev.rivulet.schemas.zeroth;

/**
 * The overlay L·R of a layer over one life of V: what its weight gains when V is drawn anew.
 *
 * @param layer name of the layer
 * @param redraw number of the V, from 0
 * @param rank r
 * @param left L = V, [in, rank], row-major
 * @param right R, the sum of the updates' other factors, [rank, out], row-major
 */
public record LozoFactor(String layer, int redraw, int rank, float[] left, float[] right) {}
