@NullMarked
package dev.rivulet.rankmonitor;

import org.jspecify.annotations.NullMarked;
