package dwal.server.cli;

import dwal.server.Doors;
import dwal.server.cli.client.ClientCommands;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code dwal}. Exit codes: 0 when it did what was asked, 1 when it could not, 2 when it was asked wrongly.
 */
@Command(
        name = "dwal",
        description = "A distributed log that speaks Kafka.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = false)
public final class Main implements Runnable {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    @SuppressWarnings("unused") // picocli acts on it
    private boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Runs the command that {@code arguments} tell, and ends the process with its exit code. */
    public static void run(String[] arguments, Doors.Factory doors) {
        int code = execute(arguments, doors, new FileOutputStream(FileDescriptor.out));
        if (code != CommandLine.ExitCode.OK) {
            System.exit(code);
        }
    }

    /** Runs the command that {@code arguments} tell, and gives its exit code. */
    public static int execute(String[] arguments, Doors.Factory doors) {
        return execute(arguments, doors, System.out);
    }

    /** As the other, with {@code target} for standard output: what cannot be written to it was not done. */
    static int execute(String[] arguments, Doors.Factory doors, OutputStream target) {
        var output = new CommandOutput(target);
        CommandLine commandLine = commandLine(doors, arguments);
        commandLine.setOut(new PrintWriter(output, true, StandardCharsets.UTF_8));
        int code = commandLine.execute(arguments);
        commandLine.getOut().flush();
        IOException loss = output.loss();
        if (loss == null) {
            return code;
        }
        commandLine.getErr().println("dwal: standard output cannot be written: " + StartFailures.describe(loss));
        return code == CommandLine.ExitCode.OK ? CommandLine.ExitCode.SOFTWARE : code;
    }

    /** With the commands that {@code arguments} may mean: picocli takes 0.1 s to read all of them, which a node that starts does not pay for. */
    static CommandLine commandLine(Doors.Factory doors, String... arguments) {
        var commandLine = new CommandLine(new Main(), new Commands(doors));
        commandLine.addSubcommand(StartCommand.class);
        if (arguments.length == 0 || !commandLine.getSubcommands().containsKey(arguments[0])) {
            commandLine.addSubcommand(FormatCommand.class);
            commandLine.addSubcommand(LocalClusterCommand.class);
            commandLine.addSubcommand(LogCommand.class);
            commandLine.addSubcommand(SimCommand.class);
            commandLine.addSubcommand(VersionCommand.class);
            ClientCommands.addTo(commandLine);
        }
        commandLine.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        commandLine.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("dwal: " + StartFailures.describe(failure));
            if (StartFailures.isBug(failure)) {
                failure.printStackTrace(command.getErr());
            }
            return failure instanceof UnreadableLogsException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
        });
        commandLine.setParameterExceptionHandler((failure, given) -> {
            CommandLine command = failure.getCommandLine();
            // picocli's own word for an option is doubled in one of its messages.
            command.getErr()
                    .println("dwal: " + String.valueOf(failure.getMessage()).replace("option option", "option"));
            if (failure instanceof UnmatchedArgumentException unmatched
                    && !unmatched.getSuggestions().isEmpty()) {
                command.getErr().println("Did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?");
            }
            command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            return CommandLine.ExitCode.USAGE;
        });
        return commandLine;
    }

    /** Makes the commands; the one that starts a node is told which doors there are. */
    private record Commands(Doors.Factory doors) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            return type == StartCommand.class
                    ? type.cast(new StartCommand(doors))
                    : CommandLine.defaultFactory().create(type);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "which command? " + String.join(", ", spec.subcommands().keySet()));
    }
}
