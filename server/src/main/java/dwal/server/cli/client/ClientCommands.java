package dwal.server.cli.client;

import picocli.CommandLine;

/** The commands of this package. No state. */
public final class ClientCommands {
    private ClientCommands() {}

    /** Makes them commands of {@code dwal}. */
    public static void addTo(CommandLine dwal) {
        dwal.addSubcommand(TopicsCommand.class);
        dwal.addSubcommand(ProduceCommand.class);
        dwal.addSubcommand(ConsumeCommand.class);
        dwal.addSubcommand(GroupsCommand.class);
        dwal.addSubcommand(ClusterCommand.class);
        dwal.addSubcommand(DoctorCommand.class);
        dwal.addSubcommand(ExplainCommand.class);
        dwal.addSubcommand(BenchCommand.class);
        dwal.addSubcommand(CompletionCommand.class);
    }
}
