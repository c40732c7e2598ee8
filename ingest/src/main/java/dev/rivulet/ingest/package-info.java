@NullMarked
package dev.rivulet.ingest;

import org.jspecify.annotations.NullMarked;
