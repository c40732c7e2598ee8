/** How much each linear layer matters to a model on some texts: what fixed ranks follow. */
@NullMarked
package dev.rivulet.trainer.score;

import org.jspecify.annotations.NullMarked;
