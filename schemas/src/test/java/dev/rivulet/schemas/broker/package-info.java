/** Real Kafka brokers for the tests of all modules, child processes, and waits. */
@NullMarked
package dev.rivulet.schemas.broker;

import org.jspecify.annotations.NullMarked;
