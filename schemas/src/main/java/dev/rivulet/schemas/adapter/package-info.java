/** Low-rank adapters in the files of PEFT, the Hugging Face library. */
@NullMarked
package dev.rivulet.schemas.adapter;

import org.jspecify.annotations.NullMarked;
