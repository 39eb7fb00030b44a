package dwal.server.simulation;

import dwal.log.AheadOfEnd;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.PartitionLog;
import dwal.replication.Partition;
import dwal.replication.ReplicationSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs a whole cluster in one thread from one seed: clients write while nodes die, hang and lose each other; rules are
 * checked after each step; when the misfortunes end, all must become well again. The same seed gives the same run.
 */
public final class Simulation {
    /** After the misfortunes everything must be well within this. */
    private static final long RECOVERY_MS = 60_000;
    /** Among the seeds that this leaves as they were before logs were lost are those that have failed before then. */
    private static final long LOST_LOGS = 140;
    /** As that, for the time before zeros were written ahead. */
    private static final long ZEROS_AHEAD = 358;
    /** Of the simulated disk. */
    private static final int PAGE_BYTES = 4096;

    /**
     * What is simulated.
     *
     * @param aheadOfEnd from which size on zeros are written ahead of a segment's end, and how many
     * @param indexed whether nodes have an index, from whose checkpoints they start, or read all that they have
     * @param shrinkingEndsEpoch whether a leader goes on in another epoch when a replica falls out of sync
     * @param lostLogs how often among all misfortunes a node that is down loses a log
     * @param misfortuneMs how long things go wrong, in the cluster's time
     * @param bug what is wrong with it on purpose, or null
     */
    public record Options(
            int nodes,
            int partitions,
            int minInSync,
            SyncPolicy sync,
            int segmentBytes,
            AheadOfEnd aheadOfEnd,
            boolean indexed,
            boolean shrinkingEndsEpoch,
            int lostLogs,
            long misfortuneMs,
            ReplicationSettings replication,
            @Nullable Bug bug) {

        /** Of a size and with sizes that {@code seed} decides. */
        public static Options of(long seed, @Nullable Bug bug) {
            var random = new Random(seed);
            random.nextInt();
            return new Options(
                    3 + 2 * (random.nextInt(4) / 3),
                    1 + random.nextInt(2),
                    2,
                    SyncPolicy.COMMIT,
                    500 + random.nextInt(4_000),
                    aheadOfEnd(seed),
                    random.nextInt(3) == 0 || bug == Bug.LOST_LOG_TAKEN_FOR_NEW,
                    bug == null && new SplittableRandom(seed).nextInt(4) == 0,
                    lostLogs(seed, bug),
                    20_000,
                    new ReplicationSettings(
                            500 + random.nextInt(1_000),
                            200 + random.nextInt(3_000),
                            500 + random.nextInt(5_000),
                            1,
                            100 + random.nextInt(400),
                            20 + random.nextInt(100),
                            2_000,
                            1 + random.nextInt(2)),
                    bug);
        }

        /** Half of the runs have segments that are large for what is prepared ahead in them; a page is what a crash takes. */
        private static AheadOfEnd aheadOfEnd(long seed) {
            var random = new SplittableRandom(seed ^ ZEROS_AHEAD);
            return random.nextBoolean()
                    ? AheadOfEnd.USUAL
                    : new AheadOfEnd(random.nextInt(500), PAGE_BYTES << random.nextInt(2), 2 * PAGE_BYTES);
        }

        private static int lostLogs(long seed, @Nullable Bug bug) {
            var random = new SplittableRandom(seed ^ LOST_LOGS);
            int some = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 0;
            return bug == null ? some : bug == Bug.LOST_LOG_TAKEN_FOR_NEW ? 6 : 0;
        }
    }

    /**
     * What a run was like.
     *
     * @param misfortunes what went wrong how often
     * @param acknowledged records that were acknowledged with acks=all
     * @param committed records in all partitions
     * @param read records that consumers got
     * @param damageMet how often a reader has met a bit that had flipped on the disk of a node that ran
     * @param fingerprint of all times at which something happened, and of what was committed then: two runs with the same did
     *     the same
     */
    public record Report(
            long seed,
            long steps,
            long simulatedMs,
            Map<Misfortune, Integer> misfortunes,
            int acknowledged,
            long committed,
            long read,
            int damageMet,
            long fingerprint) {}

    private final long seed;
    private final Options options;
    private final VirtualTime time;
    private final SimulatedCluster cluster;
    private final Misfortunes misfortunes;
    private final CommittedRecords committed;
    private final Acknowledged acknowledged;
    private final List<Rule> rules;
    private final History history;
    private final Reads reads;
    private final List<SimulatedProducer> producers = new ArrayList<>();
    private final List<SimulatedConsumer> consumers = new ArrayList<>();
    private final long beganMs;
    private long steps;
    private long fingerprint;

    /** A run of {@code seed}. */
    public Simulation(long seed, Options options) {
        this(seed, options, false);
    }

    private Simulation(long seed, Options options, boolean withHistory) {
        this.seed = seed;
        this.options = options;
        var random = new Random(seed);
        this.time = new VirtualTime(random);
        this.beganMs = time.nowMs();
        this.history = new History(time, withHistory);
        this.cluster = new SimulatedCluster(options, time, random, history);
        this.misfortunes = new Misfortunes(cluster, random, options.lostLogs());
        this.committed = new CommittedRecords(options.partitions());
        this.acknowledged = new Acknowledged(committed);
        this.reads = new Reads(committed);
        this.rules = List.of(new OneLeaderPerEpoch(options), committed, acknowledged, reads);
        for (int i = 0; i < 3 * options.partitions(); i++) {
            producers.add(new SimulatedProducer(
                    cluster, random, acknowledged, i, i % options.partitions(), i < 2 * options.partitions()));
        }
        for (int i = 0; i < 2 * options.partitions(); i++) {
            consumers.add(new SimulatedConsumer(cluster, random, reads, i % options.partitions()));
        }
    }

    /** Runs to the end; throws an AssertionError that names the seed if a rule was broken, and tells what came before. */
    public Report run() {
        try {
            return live();
        } catch (AssertionError | RuntimeException e) {
            String where = "seed " + seed + (options.bug() == null ? "" : " with " + options.bug()) + ", step " + steps
                    + ", " + (time.nowMs() - beganMs) + " ms: ";
            throw new AssertionError(where + e.getMessage() + "\n" + howItCame(), e);
        }
    }

    /** The same again, with its history, of which nothing is kept the first time. */
    private String howItCame() {
        var again = new Simulation(seed, options, true);
        try {
            again.live();
        } catch (AssertionError | RuntimeException e) {
            boolean same = again.steps == steps && again.fingerprint == fingerprint;
            return (same ? "" : "The same seed has given another run, which should not be.\n")
                    + again.history.lastPart();
        }
        return "The same seed has given another run, in which all was well, which should not be.";
    }

    private Report live() {
        cluster.start();
        stepUntil(cluster::hasTopic, 30_000, "the cluster begins");
        producers.forEach(SimulatedProducer::next);
        consumers.forEach(SimulatedConsumer::next);
        misfortunes.begin();
        stepFor(options.misfortuneMs());
        misfortunes.end();
        producers.forEach(SimulatedProducer::stop);
        stepUntil(this::isWell, RECOVERY_MS, "all becomes well again");
        return new Report(
                seed,
                steps,
                time.nowMs() - beganMs,
                misfortunes.counts(),
                acknowledged.records(),
                committed.total(),
                reads.records(),
                cluster.nodes().stream().mapToInt(SimulatedNode::damageMet).sum(),
                fingerprint);
    }

    private void stepFor(long ms) {
        long end = time.nowMs() + ms;
        while (time.nowMs() < end) {
            step();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private void stepUntil(Condition condition, long atMostMs, String what) {
        long end = time.nowMs() + atMostMs;
        while (!condition.holds()) {
            if (time.nowMs() > end) {
                throw new AssertionError("not within " + atMostMs + " ms: " + what + "; " + describe());
            }
            step();
        }
    }

    private void step() {
        if (!time.step()) {
            throw new AssertionError("nothing will ever happen again");
        }
        steps++;
        fingerprint = 31 * (31 * fingerprint + time.nowNanos()) + committed.total();
        if (options.bug() != null) {
            cluster.nodes().forEach(SimulatedNode::misbehave);
        }
        rules.forEach(rule -> rule.check(cluster));
    }

    /** All producers have been answered, all replicas are in sync and have the same, and consumers have read it. */
    private boolean isWell() {
        if (!producers.stream().allMatch(SimulatedProducer::isIdle)) {
            return false;
        }
        if (!consumers.stream()
                .allMatch(one -> committed.knowsAll(one.partition())
                        && one.position() == committed.of(one.partition()).size())) {
            return false;
        }
        for (int i = 0; i < options.partitions(); i++) {
            for (SimulatedNode node : cluster.nodes()) {
                Partition partition = node.partition(i);
                if (partition == null || !partition.isOpen() || !cluster.isInSync(i, node.id())) {
                    return false;
                }
                PartitionLog log = partition.log();
                if (log.highWatermark() != log.logEndOffset()
                        || log.highWatermark() != committed.of(i).size()) {
                    return false;
                }
            }
        }
        return true;
    }

    private String describe() {
        var text = new StringBuilder();
        for (int i = 0; i < options.partitions(); i++) {
            text.append("partition ").append(i).append(": ");
            if (cluster.hasTopic()) {
                text.append(cluster.controller().image().topics().getPartition(SimulatedCluster.TOPIC, i));
            }
            for (SimulatedNode node : cluster.nodes()) {
                Partition partition = node.partition(i);
                text.append("; node ").append(node.id());
                if (!cluster.isActive(node.id())) {
                    text.append(" (fenced)");
                }
                if (partition == null) {
                    text.append(" has none");
                } else {
                    text.append(" leads in ")
                            .append(partition.leaderEpoch())
                            .append(", high watermark ")
                            .append(partition.log().highWatermark())
                            .append(", end ")
                            .append(partition.log().logEndOffset())
                            .append(", stored ")
                            .append(partition.log().storedOffset());
                }
            }
            text.append(". ");
        }
        text.append("producers waiting: ")
                .append(producers.stream().filter(one -> !one.isIdle()).count());
        return text.toString();
    }
}
