package dwal.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dwal log}: looks at the logs of a node that does not run. */
@Command(
        name = "log",
        description = "Look at the logs of a node that does not run.",
        subcommands = {LogDumpCommand.class, LogVerifyCommand.class},
        footer = {"", "Example:", "  bin/dwal log verify data"},
        synopsisSubcommandLabel = "COMMAND")
final class LogCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? dump or verify");
    }
}
