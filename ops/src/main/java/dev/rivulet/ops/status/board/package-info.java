/**
 * What the topics say about runs, folded into memory: no Kafka and no HTTP in it.
 *
 * <p>{@link dev.rivulet.ops.status.board.RunBoard} holds one {@link
 * dev.rivulet.ops.status.board.RunFold} per run. A history shows the surviving line: records that a
 * newer run epoch superseded are taken out of its series, and stay visible only as events.
 */
@NullMarked
package dev.rivulet.ops.status.board;

import org.jspecify.annotations.NullMarked;
