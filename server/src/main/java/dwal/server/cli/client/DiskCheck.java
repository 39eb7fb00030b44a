package dwal.server.cli.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.Node;

/** Whether the disks of brokers have room, and work. */
record DiskCheck(Admin admin) {
    private static final String CHECK = "disk";
    private static final double SCARCE = 0.10;
    /** A little above what {@code dwal.disk.reserve} keeps free: from there on writes are refused. */
    private static final double FULL = 0.015;

    List<Finding> look() {
        List<Integer> brokers = RequestFailure.orAnswer(admin.describeCluster().nodes(), "Cluster").stream()
                .map(Node::id)
                .sorted()
                .toList();
        List<Finding> findings = new ArrayList<>();
        admin.describeLogDirs(brokers).descriptions().forEach((broker, answer) -> {
            try {
                Map<String, LogDirDescription> directories = RequestFailure.orAnswer(answer, "Broker " + broker);
                directories.forEach((path, directory) -> findings.add(look(broker, path, directory)));
            } catch (RequestFailure e) {
                findings.add(Finding.problem(CHECK, e.getMessage() + ".", "see the log of broker " + broker));
            }
        });
        return findings;
    }

    static Finding look(int broker, String path, LogDirDescription directory) {
        String where = path + " of broker " + broker;
        if (directory.error() != null) {
            return Finding.problem(
                    CHECK,
                    where + " is offline: " + directory.error().getMessage(),
                    "repair the disk, and start the broker anew");
        }
        OptionalLong total = directory.totalBytes();
        OptionalLong usable = directory.usableBytes();
        if (total.isEmpty() || usable.isEmpty() || total.getAsLong() <= 0) {
            return Finding.ok(CHECK, where + " is online; the broker does not tell how much is free.");
        }
        double free = (double) usable.getAsLong() / total.getAsLong();
        String sentence =
                where + " has " + Sizes.text(usable.getAsLong()) + " of " + Sizes.text(total.getAsLong()) + " free.";
        String change = "retention.bytes or retention.ms of the largest topics ('bin/dwal topics describe')";
        if (free < FULL) {
            return Finding.problem(CHECK, sentence + " Writes are refused, or soon will be.", change);
        }
        return free < SCARCE ? Finding.warning(CHECK, sentence, change) : Finding.ok(CHECK, sentence);
    }
}
