package dev.rivulet.ops.orders;

import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;

/**
 * An order that the brokers have acknowledged.
 *
 * @param command the published record
 * @param newest the run's newest checkpoint when the order was placed
 * @param awaitsStart whether no trainer runs, so that the run's next trainer carries the order out
 */
public record PlacedOrder(Command command, Manifest newest, boolean awaitsStart) {}
