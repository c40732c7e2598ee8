/** Gradient spectra: range finder, statistics, transport between subspaces. */
@NullMarked
package dev.rivulet.trainer.spectrum;

import org.jspecify.annotations.NullMarked;
