/** What all commands share on the command line: options, exit codes, tables and JSON output. */
@NullMarked
package dev.rivulet.ops.console;

import org.jspecify.annotations.NullMarked;
