@NullMarked
package dev.rivulet.rankmonitor.topology;

import org.jspecify.annotations.NullMarked;
