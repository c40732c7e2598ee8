/** Ingestion of sample files into the samples topic, and a sample producer for any Java program. */
@NullMarked
package dev.rivulet.ingest;

import org.jspecify.annotations.NullMarked;
