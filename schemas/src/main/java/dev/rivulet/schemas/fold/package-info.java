/**
 * The fold: engine-free arithmetic that adds sealed factors to weights, and keyed random numbers.
 */
@NullMarked
package dev.rivulet.schemas.fold;

import org.jspecify.annotations.NullMarked;
