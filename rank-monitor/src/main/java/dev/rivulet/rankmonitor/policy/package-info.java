@NullMarked
package dev.rivulet.rankmonitor.policy;

import org.jspecify.annotations.NullMarked;
