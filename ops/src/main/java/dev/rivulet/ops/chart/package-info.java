/** Horizontal bar charts, as PNG images of the width of a README. */
@NullMarked
package dev.rivulet.ops.chart;

import org.jspecify.annotations.NullMarked;
