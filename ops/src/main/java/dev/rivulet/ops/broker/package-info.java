/** Access to Kafka: a real cluster, or a broker inside this process. */
@NullMarked
package dev.rivulet.ops.broker;

import org.jspecify.annotations.NullMarked;
