/**
 * Faults, and the proof that a run survives them: processes that are killed, brokers that go and
 * come back, damaged and full disks.
 */
@NullMarked
package dev.rivulet.ops.fault;

import org.jspecify.annotations.NullMarked;
