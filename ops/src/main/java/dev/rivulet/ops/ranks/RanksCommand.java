package dev.rivulet.ops.ranks;

import picocli.CommandLine.Command;

/** The {@code ranks} command: ranks before a run. */
@Command(
    name = "ranks",
    description = "Find the ranks that a run's layers deserve.",
    subcommands = PredictCommand.class)
public final class RanksCommand {}
