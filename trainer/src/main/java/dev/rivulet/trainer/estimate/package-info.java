/** What training will need, before anything is loaded. */
@NullMarked
package dev.rivulet.trainer.estimate;

import org.jspecify.annotations.NullMarked;
