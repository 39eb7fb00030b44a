package dwal.server.metrics;

import dwal.replication.Partition;
import dwal.replication.PartitionFigures;
import dwal.replication.PartitionFigures.Copies;
import dwal.replication.PartitionFigures.Role;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The partitions of a node, each with series of its own as far as there are not too many, and all together. One thread. */
final class PartitionSeries {
    /** Partitions beyond have no series of their own: an answer stays below some megabytes. */
    static final int MOST = 10_000;

    private final Scrape scrape;
    private final Map<Role, Integer> roles = new EnumMap<>(Role.class);
    private final Map<Integer, Long> lags = new TreeMap<>();
    private long queued;
    private int underReplicated;
    private int underMinInSync;
    private int told;
    private int leftOut;

    private PartitionSeries(Scrape scrape) {
        this.scrape = scrape;
        for (Role role : Role.values()) {
            roles.put(role, 0);
        }
    }

    static void add(Scrape scrape, Collection<Partition> partitions) {
        var series = new PartitionSeries(scrape);
        partitions.forEach(series::add);
        series.addAll();
    }

    private void add(Partition partition) {
        PartitionFigures figures = partition.figures();
        roles.merge(figures.role(), 1, Integer::sum);
        queued += figures.queued();
        figures.followerLags().forEach((follower, lag) -> lags.merge(follower, lag, Math::max));
        figures.copies().ifPresent(copies -> {
            underReplicated += copies.inSync() < copies.assigned() ? 1 : 0;
            underMinInSync += copies.underMinInSync() ? 1 : 0;
        });
        if (figures.role() == Role.NOT_OPEN) {
            return; // its offsets are not known
        }
        if (told == MOST) {
            leftOut++;
            return;
        }
        told++;
        addSeries(partition, figures);
    }

    private void addSeries(Partition partition, PartitionFigures figures) {
        String[] labels = {
            partition.id().topic(), Integer.toString(partition.id().partition())
        };
        scrape.gauge(Metric.LOG_START_OFFSET, partition.log().logStartOffset(), labels);
        scrape.gauge(Metric.LOG_END_OFFSET, partition.log().logEndOffset(), labels);
        scrape.gauge(Metric.HIGH_WATERMARK, partition.log().highWatermark(), labels);
        scrape.gauge(Metric.LOG_SIZE, partition.log().sizeBytes(), labels);
        scrape.gauge(Metric.PARTITION_LEADER, figures.role() == Role.LEADER ? 1 : 0, labels);
        figures.copies().map(Copies::inSync).ifPresent(count -> scrape.gauge(Metric.PARTITION_IN_SYNC, count, labels));
    }

    private void addAll() {
        roles.forEach((role, count) ->
                scrape.gauge(Metric.PARTITIONS, count, role.name().toLowerCase(Locale.ROOT)));
        lags.forEach((follower, lag) -> scrape.gauge(Metric.FOLLOWER_LAG, lag, Integer.toString(follower)));
        scrape.gauge(Metric.QUEUED_TASKS, queued, "strands");
        scrape.gauge(Metric.UNDER_REPLICATED, underReplicated);
        scrape.gauge(Metric.UNDER_MIN_ISR, underMinInSync);
        scrape.gauge(Metric.PARTITIONS_LEFT_OUT, leftOut);
    }
}
