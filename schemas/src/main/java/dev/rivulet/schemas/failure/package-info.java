/**
 * The failures that a person can act on: mistakes of a user, runs that cannot continue, damaged
 * data, and processes that another one has replaced. The command line prints each in one line.
 * Anything else that is thrown is a bug, and keeps its stack trace.
 */
@NullMarked
package dev.rivulet.schemas.failure;

import org.jspecify.annotations.NullMarked;
