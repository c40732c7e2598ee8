/**
 * The packer: a process that tokenizes, shuffles and packs samples into streams of batches with
 * exactly-once output.
 */
@NullMarked
package dev.rivulet.ingest.pack;

import org.jspecify.annotations.NullMarked;
