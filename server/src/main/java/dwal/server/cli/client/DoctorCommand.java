package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dwal doctor}: what is wrong, as a client sees it, and what to change. */
@Command(
        name = "doctor",
        description = {
            "Connect as a client does, and say what is wrong and which setting to change.",
            "Looks at addresses and what is spoken there, whether this client is let in, advertised addresses, partitions, disks,"
                    + " clocks, transactions, groups, and clients that get lost. Changes nothing, writes nothing."
        },
        footer = {
            "",
            "Exit code 1 if there is a problem; warnings, and what could not be looked at (skipped), are none.",
            "",
            "Example:",
            "  bin/dwal doctor broker.example.org:9092"
        },
        sortOptions = false)
final class DoctorCommand extends ClientCommand {

    @Parameters(paramLabel = "HOST:PORT", arity = "0..1", description = "The same as --bootstrap.")
    private @Nullable String bootstrap;

    @Option(
            names = "--apart",
            paramLabel = "SECONDS",
            defaultValue = "6",
            description =
                    "How long a group may stand still: it is looked at twice, so far apart. Default: ${DEFAULT-VALUE}")
    private int apartSeconds;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "HTTP listeners of the nodes, which tell of clients that get lost. Default: as the settings of the"
                            + " nodes say")
    private List<String> http = new ArrayList<>();

    private final List<Finding> findings = new ArrayList<>();

    @Override
    public Integer call() {
        if (bootstrap != null) {
            client.bootstrap(bootstrap);
        }
        var addresses = new AddressChecks(
                client.given(), (int) Math.min(client.timeout().toMillis(), 3000));
        List<String> usable = new ArrayList<>();
        for (Nodes.Address each : Nodes.parse(client.bootstrap())) {
            List<Finding> ofNode = addresses.look(each);
            ofNode.forEach(this::tell);
            if (ofNode.stream().noneMatch(found -> found.level() == Finding.Level.PROBLEM)) {
                usable.add(each.toString());
            }
        }
        if (usable.isEmpty()) {
            tell(Finding.skipped(
                    "cluster", "Not looked at, for clients do not get there.", "the problems above come first"));
        } else {
            client.bootstrap(String.join(",", usable));
            lookAtCluster(addresses);
        }
        if (!http.isEmpty()) {
            // Clients get lost where addresses are wrong: this is asked for whatever was found above.
            look(GhostCheck.CHECK, () -> new GhostCheck(client.timeout()).at(http));
        } else if (findings.stream().noneMatch(each -> each.check().equals(GhostCheck.CHECK))) {
            tell(GhostCheck.nobodyAsked());
        }
        if (client.json()) {
            out().println(Json.text(
                    Map.of("findings", findings.stream().map(Finding::json).toList())));
        }
        return findings.stream().anyMatch(each -> each.level() == Finding.Level.PROBLEM)
                ? ExitCode.SOFTWARE
                : ExitCode.OK;
    }

    private void lookAtCluster(AddressChecks addresses) {
        try (Admin admin = client.admin()) {
            var login = new LoginCheck(admin, client.bootstrap());
            Finding refused = login.refusal();
            if (refused != null) {
                tell(refused);
                return;
            }
            if (findings.stream().noneMatch(each -> each.check().equals(AddressChecks.ADVERTISED))) {
                look(AddressChecks.ADVERTISED, () -> addresses.advertised(login.nodes()));
            }
            look("partitions", new PartitionChecks(admin)::look);
            look("disk", new DiskCheck(admin)::look);
            look("clock", new ClockCheck(admin)::look);
            var transactions = new TransactionCheck(admin);
            look("transactions", transactions::look);
            look("groups", new GroupChecks(admin, apartSeconds, transactions.held())::look);
            if (http.isEmpty()) {
                look(GhostCheck.CHECK, () -> new GhostCheck(client.timeout()).ofCluster(admin));
            }
        } catch (RequestFailure e) {
            tell(Finding.problem("client", e.getMessage() + ".", "--config, -X: the properties of this client"));
        }
    }

    private void look(String check, Supplier<List<Finding>> at) {
        try {
            at.get().forEach(this::tell);
        } catch (KafkaException e) {
            tell(Finding.warning(check, "Could not be looked at: " + e.getMessage() + ".", "allow it, or try again"));
        }
    }

    private void tell(Finding finding) {
        findings.add(finding);
        if (!client.json()) {
            out().println(finding.text());
            out().flush();
        }
    }
}
