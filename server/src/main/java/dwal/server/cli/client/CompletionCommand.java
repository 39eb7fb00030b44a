package dwal.server.cli.client;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dwal completion}: what a shell needs to complete commands and options. */
@Command(
        name = "completion",
        description = "Print a script that lets bash or zsh complete commands and options of dwal.",
        footer = {
            "",
            "Examples:",
            "  source <(bin/dwal completion)",
            "  bin/dwal completion > ~/.local/share/bash-completion/completions/dwal"
        },
        sortOptions = false)
final class CompletionCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        CommandLine dwal = spec.root().commandLine();
        out.print(AutoComplete.bash(dwal.getCommandName(), dwal));
        out.flush();
        return ExitCode.OK;
    }
}
