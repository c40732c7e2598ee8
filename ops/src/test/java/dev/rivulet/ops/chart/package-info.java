@NullMarked
package dev.rivulet.ops.chart;

import org.jspecify.annotations.NullMarked;
