/** Versions of a run's model in the files of others: Hugging Face directories, PEFT adapters. */
@NullMarked
package dev.rivulet.ops.export;

import org.jspecify.annotations.NullMarked;
