@NullMarked
package dev.rivulet.ingest.pack;

import org.jspecify.annotations.NullMarked;
