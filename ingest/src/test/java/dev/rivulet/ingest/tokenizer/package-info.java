@NullMarked
package dev.rivulet.ingest.tokenizer;

import org.jspecify.annotations.NullMarked;
