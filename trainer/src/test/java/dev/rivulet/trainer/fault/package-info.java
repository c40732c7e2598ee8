/**
 * Faults that a run survives with the same bits: killed and held processes, brokers that stop and
 * restart, full disks.
 */
@NullMarked
package dev.rivulet.trainer.fault;

import org.jspecify.annotations.NullMarked;
