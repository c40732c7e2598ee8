/**
 * The status server: the state of runs for people, programs and Prometheus. Read-only.
 *
 * <p>A {@link dev.rivulet.ops.status.BoardReader} reads the topics {@code steps}, {@code spectrum},
 * {@code ranks}, {@code control} and {@code checkpoints} from their beginning, without a group, and
 * folds them into a {@link dev.rivulet.ops.status.board.RunBoard}. {@link
 * dev.rivulet.ops.status.StatusServer} serves the board:
 *
 * <table>
 *   <caption>Routes</caption>
 *   <tr><td>{@code /}<td>the page: live charts of a run, no external asset
 *   <tr><td>{@code /health/live}<td>200 while the reader runs
 *   <tr><td>{@code /health/ready}<td>200 or 503, and each dependency by name
 *   <tr><td>{@code /metrics}<td>Prometheus text
 *   <tr><td>{@code /api/v1/runs}<td>all runs, the most recently active first
 *   <tr><td>{@code /api/v1/runs/RUN}<td>the state of a run
 *   <tr><td>{@code /api/v1/runs/RUN/steps?from=&limit=}<td>steps, thinned for a long run
 *   <tr><td>{@code /api/v1/runs/RUN/evaluations}<td>evaluations
 *   <tr><td>{@code /api/v1/runs/RUN/layers}<td>rank history and newest spectrum by layer
 *   <tr><td>{@code /api/v1/runs/RUN/layers/LAYER}<td>the same of one layer, with its older spectra
 *   <tr><td>{@code /api/v1/runs/RUN/checkpoints}<td>checkpoints, with superseded ones
 *   <tr><td>{@code /api/v1/runs/RUN/commands}<td>commands and notes on unusual steps
 *   <tr><td>{@code /api/v1/events?run=}<td>server-sent events: {@code update} carries new steps and
 *       the names of the parts that changed, {@code resync} reports dropped updates
 * </table>
 *
 * <p>Numbers that are not finite are {@code null} in JSON. Errors are JSON, too: {@code {"error":
 * "..."}}. Charts show the surviving line of history. Steps that a rollback or a resume superseded
 * are not in the charts; an event reports them.
 */
@NullMarked
package dev.rivulet.ops.status;

import org.jspecify.annotations.NullMarked;
