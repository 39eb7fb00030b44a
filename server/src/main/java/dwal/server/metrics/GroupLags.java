package dwal.server.metrics;

import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.PartitionFigures.Role;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;

/**
 * How far the groups that this node coordinates are behind. Asks the coordinator and, for partitions that this node
 * has, their logs; for others their leaders. Any thread; {@link #addTo} may wait
 * for the disk.
 */
final class GroupLags {
    /** Groups beyond are counted, and not looked at. */
    private static final int MOST_GROUPS = 1_000;
    /** Series beyond are left out. */
    private static final int MOST_PARTITIONS = 10_000;

    private static final long AT_MOST_SECONDS = 5;

    /**
     * What groups have committed, and what there is of those partitions that this node has no replica of.
     *
     * @param made when records there were made that are not read yet, as far as that is known
     */
    record Committed(
            List<OffsetFetchResponseGroup> groups,
            Map<TopicPartition, LeaderOffsets.Range> elsewhere,
            Map<FirstUnreadTimes.Place, Long> made) {}

    private final Observed node;
    private final LeaderOffsets leaders;
    private final FirstUnreadTimes times;

    GroupLags(Observed node) {
        this.node = node;
        this.leaders = new LeaderOffsets(node);
        this.times = new FirstUnreadTimes(node);
    }

    /** What the groups have committed; those that do not answer in time are not in it. Does not fail. */
    CompletableFuture<Committed> committed(Scrape into) {
        return node.groups()
                .list(context(ApiKeys.LIST_GROUPS), new ListGroupsRequestData())
                .orTimeout(AT_MOST_SECONDS, TimeUnit.SECONDS)
                .thenCompose(listed -> {
                    into.gauge(Metric.GROUPS, listed.groups().size());
                    return committed(listed.groups());
                })
                // Until the coordinator has started there are no groups to tell of.
                .exceptionally(failure -> List.of())
                .thenCompose(groups -> leaders.of(elsewhere(groups), this::leader)
                        .thenCompose(ranges -> times.of(unread(groups, ranges), this::leader)
                                .thenApply(made -> new Committed(groups, ranges, made))));
    }

    /** The first record that each group has not read, of those partitions, where there is one. */
    private static List<FirstUnreadTimes.Place> unread(
            List<OffsetFetchResponseGroup> groups, Map<TopicPartition, LeaderOffsets.Range> ranges) {
        List<FirstUnreadTimes.Place> places = new ArrayList<>();
        for (OffsetFetchResponseGroup group : groups) {
            for (var topic : group.topics()) {
                for (var partition : topic.partitions()) {
                    var named = new TopicPartition(topic.name(), partition.partitionIndex());
                    LeaderOffsets.Range range = ranges.get(named);
                    if (range != null
                            && places.size() < MOST_PARTITIONS
                            && partition.committedOffset() >= 0
                            && range.lag(partition.committedOffset()) > 0) {
                        places.add(new FirstUnreadTimes.Place(named, range.next(partition.committedOffset())));
                    }
                }
            }
        }
        return places;
    }

    /** Partitions that have a leader, and no replica here. */
    private Set<TopicPartition> elsewhere(List<OffsetFetchResponseGroup> groups) {
        Set<TopicPartition> elsewhere = new HashSet<>();
        for (OffsetFetchResponseGroup group : groups) {
            for (var topic : group.topics()) {
                for (var partition : topic.partitions()) {
                    var named = new TopicPartition(topic.name(), partition.partitionIndex());
                    if (partition.committedOffset() >= 0
                            && elsewhere.size() < MOST_PARTITIONS
                            && node.partitions().find(named.topic(), named.partition()) == null
                            && leader(named) >= 0) {
                        elsewhere.add(named);
                    }
                }
            }
        }
        return elsewhere;
    }

    private int leader(TopicPartition partition) {
        TopicImage topic = node.metadata().image().topics().getTopic(partition.topic());
        PartitionRegistration found = topic == null ? null : topic.partitions().get(partition.partition());
        return found == null ? -1 : found.leader;
    }

    private CompletableFuture<List<OffsetFetchResponseGroup>> committed(List<ListedGroup> groups) {
        List<CompletableFuture<List<OffsetFetchResponseGroup>>> asked = new ArrayList<>();
        for (ListedGroup group : groups.subList(0, Math.min(groups.size(), MOST_GROUPS))) {
            var all = new OffsetFetchRequestGroup().setGroupId(group.groupId()).setTopics(null);
            asked.add(node.groups()
                    .fetchOffsets(context(ApiKeys.OFFSET_FETCH), all, false)
                    .orTimeout(AT_MOST_SECONDS, TimeUnit.SECONDS)
                    .handle((fetched, failure) -> failure == null ? List.of(fetched) : List.of()));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        asked.stream().flatMap(one -> one.join().stream()).toList());
    }

    private RequestContext context(ApiKeys api) {
        var self = new LoopbackConnection(
                "metrics", "metrics", node.listeners().get(0).loops());
        return new RequestContext(api, api.latestVersion(), 0, "metrics", self);
    }

    /** Adds the series of {@code groups}. */
    void addTo(Scrape scrape, Committed committed) {
        int left = MOST_PARTITIONS;
        for (OffsetFetchResponseGroup group : committed.groups()) {
            for (var topic : group.topics()) {
                for (var partition : topic.partitions()) {
                    if (partition.committedOffset() >= 0 && left-- > 0) {
                        String[] labels = {group.groupId(), topic.name(), Integer.toString(partition.partitionIndex())};
                        scrape.gauge(Metric.GROUP_OFFSET, partition.committedOffset(), labels);
                        Partition here = node.partitions().find(topic.name(), partition.partitionIndex());
                        if (here != null) {
                            addLag(scrape, here, partition.committedOffset(), labels);
                        } else {
                            var named = new TopicPartition(topic.name(), partition.partitionIndex());
                            addLag(scrape, committed, named, partition.committedOffset(), labels);
                        }
                    }
                }
            }
        }
    }

    private void addLag(Scrape scrape, Partition partition, long committed, String[] labels) {
        Role role = partition.figures().role();
        if (role == Role.NOT_OPEN) {
            partition.whenOpen(() -> {}); // once; the next scrape finds it open
        }
        if (role != Role.LEADER && role != Role.FOLLOWER) {
            return;
        }
        long next = Math.max(committed, partition.log().logStartOffset());
        long lag = Math.max(0, partition.log().highWatermark() - next);
        scrape.gauge(Metric.GROUP_LAG, lag, labels);
        OptionalLong made = lag == 0 ? OptionalLong.empty() : timeOf(partition, next);
        if (lag == 0 || made.isPresent()) {
            scrape.gauge(Metric.GROUP_LAG_SECONDS, lag == 0 ? 0 : secondsSince(made.getAsLong()), labels);
        }
    }

    private double secondsSince(long madeMs) {
        return Math.max(0, node.clock().wallMs() - madeMs) / 1e3;
    }

    /** When the record at {@code offset} was made; empty also where reading fails, which the metrics of logs tell. */
    private static OptionalLong timeOf(Partition partition, long offset) {
        try {
            return partition.log().timestampAt(offset);
        } catch (UncheckedIOException e) {
            return OptionalLong.empty();
        }
    }

    private void addLag(Scrape scrape, Committed all, TopicPartition partition, long committed, String[] labels) {
        LeaderOffsets.Range range = all.elsewhere().get(partition);
        if (range == null) {
            return;
        }
        long lag = range.lag(committed);
        scrape.gauge(Metric.GROUP_LAG, lag, labels);
        Long made = all.made().get(new FirstUnreadTimes.Place(partition, range.next(committed)));
        if (lag == 0) {
            scrape.gauge(Metric.GROUP_LAG_SECONDS, 0, labels);
        } else if (made != null) {
            scrape.gauge(Metric.GROUP_LAG_SECONDS, secondsSince(made), labels);
        }
    }
}
