/** Test fixtures for all modules: real Kafka brokers, child processes, and waits. */
@NullMarked
package dev.rivulet.schemas.broker;

import org.jspecify.annotations.NullMarked;
