@NullMarked
package dev.rivulet.ops.report;

import org.jspecify.annotations.NullMarked;
