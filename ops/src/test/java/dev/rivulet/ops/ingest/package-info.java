@NullMarked
package dev.rivulet.ops.ingest;

import org.jspecify.annotations.NullMarked;
