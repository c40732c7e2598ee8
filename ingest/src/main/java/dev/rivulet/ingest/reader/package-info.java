/** Readers of sample files: JSON Lines, CSV, TSV and plain text. */
@NullMarked
package dev.rivulet.ingest.reader;

import org.jspecify.annotations.NullMarked;
