package dwal.server.cli.client;

import dwal.environment.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Whether an open transaction holds the last stable offset, at which consumers of committed records wait. One thread. */
final class TransactionCheck {
    private static final String CHECK = "transactions";
    private static final long LONG_MS = 60_000;

    private final Admin admin;
    private final Map<TopicPartition, Long> held = new HashMap<>();

    TransactionCheck(Admin admin) {
        this.admin = admin;
    }

    /** Where the last look has found an open transaction: the offset at which consumers of committed records wait. */
    Map<TopicPartition, Long> held() {
        return held;
    }

    List<Finding> look() {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (TopicDescription topic : TopicsCommand.all(admin, false)) {
            for (TopicPartitionInfo each : topic.partitions()) {
                if (!TopicsCommand.isLeaderless(each)) {
                    all.put(new TopicPartition(topic.name(), each.partition()), OffsetSpec.latest());
                }
            }
        }
        Map<TopicPartition, Long> stable = ends(all, IsolationLevel.READ_COMMITTED);
        Map<TopicPartition, Long> ends = ends(all, IsolationLevel.READ_UNCOMMITTED);
        List<Finding> findings = new ArrayList<>();
        stable.entrySet().stream()
                .filter(each -> each.getValue() < ends.getOrDefault(each.getKey(), 0L))
                .sorted(Comparator.comparing(each -> each.getKey().toString()))
                .forEach(each -> describe(each.getKey(), each.getValue(), ends.getOrDefault(each.getKey(), 0L))
                        .ifPresent(findings::add));
        return findings.isEmpty()
                ? List.of(Finding.ok(CHECK, "No open transaction holds back consumers of committed records."))
                : findings;
    }

    private Map<TopicPartition, Long> ends(Map<TopicPartition, OffsetSpec> which, IsolationLevel isolation) {
        ListOffsetsResult result = admin.listOffsets(which, new ListOffsetsOptions(isolation));
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (TopicPartition id : which.keySet()) {
            try {
                ends.put(
                        id,
                        RequestFailure.orAnswer(result.partitionResult(id), "Partition " + id)
                                .offset());
            } catch (RequestFailure e) {
                // A partition that does not answer is a matter for another check.
            }
        }
        return ends;
    }

    /** Empty if the transaction has ended meanwhile. */
    private Optional<Finding> describe(TopicPartition id, long stable, long end) {
        Optional<ProducerState> oldest = RequestFailure.orAnswer(
                        admin.describeProducers(List.of(id)).partitionResult(id), "Partition " + id)
                .activeProducers()
                .stream()
                .filter(each -> each.currentTransactionStartOffset().isPresent())
                .min(Comparator.comparingLong(
                        each -> each.currentTransactionStartOffset().orElse(Long.MAX_VALUE)));
        return oldest.map(producer -> {
            held.put(id, stable);
            long ageMs = Clock.system().wallMs() - producer.lastTimestamp();
            String sentence =
                    "In " + id + " consumers of committed records wait at offset " + stable + ", " + (end - stable)
                            + " before the end, for the open transaction of " + name(producer.producerId())
                            + ", whose last record is " + Math.max(0, ageMs / 1000) + " s old.";
            String change =
                    "transaction.timeout.ms of that producer: shorter; or end it with 'kafka-transactions.sh abort"
                            + " --topic " + id.topic() + " --partition " + id.partition() + " --start-offset "
                            + producer.currentTransactionStartOffset().orElse(stable) + "'";
            return ageMs < LONG_MS
                    ? Finding.warning(CHECK, sentence, change)
                    : Finding.problem(CHECK, sentence, change);
        });
    }

    private String name(long producerId) {
        try {
            return RequestFailure.orAnswer(admin.listTransactions().all(), "Transactions").stream()
                    .filter(each -> each.producerId() == producerId)
                    .findFirst()
                    .map(TransactionListing::transactionalId)
                    .map(name -> "'" + name + "' (producer id " + producerId + ")")
                    .orElse("producer id " + producerId + ", which no coordinator knows: a hanging one");
        } catch (RequestFailure e) {
            return "producer id " + producerId;
        }
    }
}
