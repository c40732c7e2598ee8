@NullMarked
package dev.rivulet.trainer.loop;

import org.jspecify.annotations.NullMarked;
