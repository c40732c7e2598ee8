/** Model families, from Hugging Face directories. */
@NullMarked
package dev.rivulet.trainer.model;

import org.jspecify.annotations.NullMarked;
