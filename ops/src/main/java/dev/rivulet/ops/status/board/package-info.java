/**
 * The runs of the topics, folded into memory, without Kafka and HTTP.
 *
 * <p>{@link dev.rivulet.ops.status.board.RunBoard} holds one {@link
 * dev.rivulet.ops.status.board.RunFold} per run. A fold has the surviving line: records that a
 * newer run epoch superseded are not in its series, but only in its events.
 */
@NullMarked
package dev.rivulet.ops.status.board;

import org.jspecify.annotations.NullMarked;
