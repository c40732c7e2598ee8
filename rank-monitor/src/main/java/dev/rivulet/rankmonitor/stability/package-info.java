@NullMarked
package dev.rivulet.rankmonitor.stability;

import org.jspecify.annotations.NullMarked;
