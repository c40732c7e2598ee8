/** The settings of one training run. */
@NullMarked
package dev.rivulet.trainer.config;

import org.jspecify.annotations.NullMarked;
