package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.Doors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

class CommandLinePageTest {
    private static final Path PAGE = Path.of("..", "docs", "command-line.md");
    private static final int WIDTH = 110;

    @Test
    void thePageSaysWhatTheCommandsSay() throws IOException {
        String text = text();
        if (Boolean.getBoolean("dwal.docs.write")) {
            Files.writeString(PAGE, text);
        }
        assertThat(Files.readString(PAGE))
                .as("docs/command-line.md is stale: run this test with -Ddwal.docs.write=true, and commit the page")
                .isEqualTo(text);
    }

    @Test
    void everyCommandHasAnExample() {
        for (CommandLine command : all(commandLine())) {
            if (command.getSubcommands().isEmpty()) {
                // Those of a family may stand with the family.
                assertThat(command.getUsageMessage(Ansi.OFF)
                                + command.getParent().getUsageMessage(Ansi.OFF))
                        .as(command.getCommandSpec().qualifiedName())
                        .contains("Example", "bin/" + command.getCommandSpec().qualifiedName());
            }
        }
    }

    @Test
    void everyCommandThatTalksToAClusterHasAnExampleAndCanPrintJson() {
        for (CommandLine command : all(commandLine())) {
            var spec = command.getCommandSpec();
            if (spec.findOption("--bootstrap") != null) {
                assertThat(command.getUsageMessage(Ansi.OFF))
                        .as(spec.qualifiedName())
                        .contains("Example", "bin/" + spec.qualifiedName())
                        .contains("--json");
            }
        }
    }

    @Test
    void noHelpHasALineThatIsTooLong() {
        for (CommandLine command : all(commandLine())) {
            assertThat(command.getUsageMessage(Ansi.OFF).lines())
                    .as(command.getCommandSpec().qualifiedName())
                    .allMatch(line -> line.length() <= WIDTH);
        }
    }

    private static String text() {
        var page = new StringBuilder("""
                # The command line

                Made from what the commands themselves say (`--help`): run CommandLinePageTest with `-Ddwal.docs.write=true` to make it anew.

                Exit codes: 0 when a command did what was asked, 1 when it could not, 2 when it was asked wrongly. The commands that talk to a
                cluster are clients like any other: they work against Kafka's own brokers, too, and take the properties of Kafka's clients
                (`--config FILE`, `-X key=value`) for TLS and SASL. `source <(bin/dwal completion)` lets bash and zsh complete commands and options.
                """);
        CommandLine dwal = commandLine();
        page.append("\nCommands: ")
                .append(dwal.getSubcommands().keySet().stream()
                        .map(name -> "[" + name + "](#dwal-" + name + ")")
                        .reduce((one, other) -> one + ", " + other)
                        .orElse(""))
                .append(".\n");
        for (CommandLine command : all(dwal)) {
            if (command != dwal) {
                page.append("\n## ")
                        .append(command.getCommandSpec().qualifiedName())
                        .append("\n\n```text\n");
                command.getUsageMessage(Ansi.OFF)
                        .lines()
                        .forEach(line -> page.append(line.stripTrailing()).append('\n'));
                page.append("```\n");
            }
        }
        return page.toString();
    }

    private static CommandLine commandLine() {
        CommandLine dwal = Main.commandLine(Doors.NONE);
        dwal.setUsageHelpWidth(WIDTH);
        return dwal;
    }

    private static List<CommandLine> all(CommandLine from) {
        List<CommandLine> all = new ArrayList<>(List.of(from));
        from.getSubcommands().values().forEach(each -> all.addAll(all(each)));
        return all;
    }
}
