/** Training and use of Hugging Face tokenizers: byte-pair encoding, prompts, decoded text. */
@NullMarked
package dev.rivulet.ingest.tokenizer;

import org.jspecify.annotations.NullMarked;
