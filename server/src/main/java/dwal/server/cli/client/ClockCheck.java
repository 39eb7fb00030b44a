package dwal.server.cli.client;

import dwal.environment.Clock;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;

/**
 * Whether clocks agree. The only answer of Kafka's protocol with the time in it that is there without writing anything is DescribeQuorum: of
 * itself the active controller says that it has caught up now.
 */
record ClockCheck(Admin admin) {
    private static final String CHECK = "clock";
    private static final long TOLERATED_MS = 2_000;
    private static final long MUCH_MS = 60_000;

    List<Finding> look() {
        Clock clock = Clock.system();
        long before = clock.wallMs();
        QuorumInfo quorum =
                RequestFailure.orAnswer(admin.describeMetadataQuorum().quorumInfo(), "Controller");
        long after = clock.wallMs();
        OptionalLong there = quorum.voters().stream()
                .filter(each -> each.replicaId() == quorum.leaderId())
                .findFirst()
                .map(QuorumInfo.ReplicaState::lastCaughtUpTimestamp)
                .orElse(OptionalLong.empty());
        if (there.isEmpty()) {
            return List.of(Finding.ok(CHECK, "The controller does not tell its time."));
        }
        return List.of(compare(quorum.leaderId(), before, there.getAsLong(), after));
    }

    /** {@code there} was said between {@code before} and {@code after}, which are of the clock here. */
    static Finding compare(int node, long before, long there, long after) {
        long ahead = there < before ? there - before : Math.max(0, there - after);
        String sentence = "The clock of node " + node + " (active controller) is "
                + (ahead == 0
                        ? "that of this machine, within " + Math.max(1, after - before) + " ms."
                        : Math.abs(ahead) + " ms " + (ahead > 0 ? "ahead of" : "behind") + " that of this machine.");
        if (Math.abs(ahead) <= TOLERATED_MS) {
            return Finding.ok(CHECK, sentence);
        }
        String change =
                "let both machines take their time from NTP: retention and --timestamp go by timestamps of clients"
                        + " (message.timestamp.type=LogAppendTime: of brokers)";
        return Math.abs(ahead) < MUCH_MS
                ? Finding.warning(CHECK, sentence, change)
                : Finding.problem(CHECK, sentence, change);
    }
}
