@NullMarked
package dev.rivulet.ingest.reader;

import org.jspecify.annotations.NullMarked;
