/**
 * The run's log, as a trainer writes it: a queue between the training thread and a thread of its
 * own, transactions that are fenced and survive an outage of the brokers, and the trainer's claim
 * to the run. Nothing here knows what a model is.
 */
@NullMarked
package dev.rivulet.trainer.log;

import org.jspecify.annotations.NullMarked;
