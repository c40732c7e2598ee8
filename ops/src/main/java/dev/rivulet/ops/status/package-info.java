/**
 * The status server: what runs do, for people, programs and Prometheus. Read-only.
 *
 * <p>A {@link dev.rivulet.ops.status.BoardReader} reads the topics {@code steps}, {@code spectrum},
 * {@code ranks}, {@code control} and {@code checkpoints} from their beginning, without a group, and
 * folds them into a {@link dev.rivulet.ops.status.board.RunBoard}. {@link
 * dev.rivulet.ops.status.StatusServer} serves the board:
 *
 * <table>
 *   <caption>Routes</caption>
 *   <tr><td>{@code /}<td>the page: live charts of a run, no external asset
 *   <tr><td>{@code /health/live}<td>200 as long as the reader lives
 *   <tr><td>{@code /health/ready}<td>200 or 503, and each dependency by name
 *   <tr><td>{@code /metrics}<td>Prometheus text
 *   <tr><td>{@code /api/v1/runs}<td>all runs, the most recently active first
 *   <tr><td>{@code /api/v1/runs/RUN}<td>where a run stands
 *   <tr><td>{@code /api/v1/runs/RUN/steps?from=&limit=}<td>steps, thinned when the run is long
 *   <tr><td>{@code /api/v1/runs/RUN/evaluations}<td>evaluations
 *   <tr><td>{@code /api/v1/runs/RUN/layers}<td>rank history and newest spectrum by layer
 *   <tr><td>{@code /api/v1/runs/RUN/layers/LAYER}<td>the same of one layer, with its older spectra
 *   <tr><td>{@code /api/v1/runs/RUN/checkpoints}<td>checkpoints, superseded ones too
 *   <tr><td>{@code /api/v1/runs/RUN/commands}<td>commands, and what was out of the ordinary
 *   <tr><td>{@code /api/v1/events?run=}<td>server-sent events: {@code update} carries new steps and
 *       the names of the parts that changed, {@code resync} says that updates were dropped
 * </table>
 *
 * <p>Numbers that are not finite are {@code null} in JSON. Errors are JSON too: {@code {"error":
 * "..."}}. Charts show the surviving line of history; what a rollback or a resume superseded is
 * left out of them and stays visible as an event.
 */
@NullMarked
package dev.rivulet.ops.status;

import org.jspecify.annotations.NullMarked;
