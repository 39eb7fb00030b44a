package dwal.replication;

import dwal.environment.Strand;
import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition that follows, as its fetcher sees it: hops to the partition's strand, or to a thread that may block where the
 * log is cut, and does there what the answer of the leader demands. An answer of another leader epoch than the one that is
 * followed changes nothing.
 */
final class Following implements Replicated {
    private static final Logger LOGGER = LoggerFactory.getLogger(Following.class);

    private final TopicIdPartition id;
    private final PartitionLog log;
    private final Partition.Surroundings around;
    private final Strand strand;
    private final Supplier<Role> role;
    private final Runnable news;
    private volatile boolean throttled;
    private Errors refused = Errors.NONE;
    private boolean repaired;

    /** @param news to be called on the strand when the high watermark or the log start offset has moved */
    Following(
            TopicIdPartition id,
            PartitionLog log,
            Partition.Surroundings around,
            Strand strand,
            Supplier<Role> role,
            Runnable news) {
        this.id = id;
        this.log = log;
        this.around = around;
        this.strand = strand;
        this.role = role;
        this.news = news;
    }

    /** Whether the quota for replication holds for this replica. */
    void setThrottled(boolean throttled) {
        this.throttled = throttled;
    }

    /**
     * The log was dropped as damaged, and begins anew; on the strand. The controller hears of it when the leader has: that may still
     * take this replica to have what it had before, and would have it in sync as soon as it may be.
     */
    void isRepaired() {
        repaired = true;
    }

    private void tellIfRepaired() {
        if (repaired) {
            repaired = false;
            around.replication().controller().replicaRepaired(id);
        }
    }

    @Override
    public TopicIdPartition id() {
        return id;
    }

    @Override
    public void position(int leaderEpoch, Consumer<Next> done) {
        asFollower(leaderEpoch, done, follower -> goOn(follower, done));
    }

    /** A throttled partition that lags waits while the quota is used up. */
    private void goOn(Follower follower, Consumer<Next> done) {
        if (throttled
                && follower.lags()
                && around.replication().quotas().follower().isExceeded()) {
            done.accept(Next.RETRY);
        } else {
            follower.whenStored(done);
        }
    }

    @Override
    public void replicate(
            int leaderEpoch, long asked, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
        if (log.isBegun() || records == null || !records.hasRemaining()) {
            replicateNow(leaderEpoch, asked, said, records, done);
            return;
        }
        around.blocking().execute(() -> {
            try {
                log.begin();
            } finally {
                replicateNow(
                        leaderEpoch,
                        asked,
                        said,
                        records,
                        done); // which meets the same fault where it stops the partition
            }
        });
    }

    private void replicateNow(
            int leaderEpoch, long asked, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
        asFollower(leaderEpoch, done, follower -> {
            if (asked == log.logEndOffset()) {
                take(follower, said, records, done);
            } else {
                // The log was dropped meanwhile: appended to what it is now, this would leave records out.
                follower.whenStored(done);
            }
        });
    }

    @Override
    public void startOver(int leaderEpoch, long start, long end, Consumer<Next> done) {
        around.blocking()
                .execute(() -> asFollower(leaderEpoch, done, follower -> {
                    long ours = log.logEndOffset();
                    if (end < ours) {
                        cut(follower, end, done);
                    } else if (start > ours) {
                        LOGGER.info(
                                "{} starts over at offset {}, where the leader's log starts; it ended at {}",
                                id.topicPartition(),
                                start,
                                ours);
                        done.accept(log.startOver(start) == Errors.NONE ? position(follower) : Next.STOP);
                    } else {
                        follower.whenStored(done);
                    }
                }));
    }

    private void asFollower(int leaderEpoch, Consumer<Next> done, Consumer<Follower> task) {
        strand.run(() -> {
            boolean asked = false;
            try {
                if (role.get() instanceof Follower follower && follower.epoch() == leaderEpoch) {
                    task.accept(follower);
                    asked = true;
                }
            } finally {
                if (!asked) {
                    done.accept(Next.STOP); // a fault, too: the fetcher has other partitions that wait for this one
                }
            }
        });
    }

    private void take(Follower follower, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
        Errors error = Errors.forCode(said.errorCode());
        if (error == Errors.OFFSET_OUT_OF_RANGE) {
            done.accept(new Next.AskOffsets(log.logEndOffset(), follower.epoch()));
        } else if (error == Errors.FENCED_LEADER_EPOCH) {
            done.accept(Next.STOP); // the metadata will tell of the new epoch
        } else if (error != Errors.NONE) {
            done.accept(Next.RETRY);
        } else if (said.divergingEpoch().endOffset() >= 0
                || said.divergingEpoch().epoch() >= 0) {
            long to = follower.cutFor(said.divergingEpoch());
            around.blocking().execute(() -> asFollower(follower.epoch(), done, same -> cut(same, to, done)));
        } else {
            append(follower, said, records, done);
        }
    }

    private void append(Follower follower, PartitionData said, @Nullable ByteBuffer records, Consumer<Next> done) {
        long highWatermark = log.highWatermark();
        long start = log.logStartOffset();
        if (throttled && records != null) {
            around.replication().quotas().follower().record(records.remaining());
        }
        if (records != null) {
            around.replication().metrics().replicated(records.remaining());
        }
        AppendOutcome outcome = follower.append(records, said);
        if (outcome.error() != Errors.NONE) {
            tellOnce(outcome);
            done.accept(Next.RETRY);
            return;
        }
        refused = Errors.NONE;
        tellIfRepaired(); // with what it answers the leader has taken note of where this log ends
        goOn(follower, done);
        if (log.highWatermark() != highWatermark || log.logStartOffset() != start) {
            news.run();
        }
    }

    private void tellOnce(AppendOutcome outcome) {
        if (outcome.error() != refused) {
            refused = outcome.error();
            LOGGER.warn(
                    "{}: what the leader sent is not appended, trying again: {}",
                    id.topicPartition(),
                    outcome.message());
        }
    }

    /** May wait for the disk. */
    private void cut(Follower follower, long to, Consumer<Next> done) {
        long end = log.logEndOffset();
        if (to < log.highWatermark()) {
            LOGGER.warn(
                    "{} is cut from offset {} to {}, below its high watermark {}: a leader was elected that lacks"
                            + " committed records",
                    id.topicPartition(),
                    end,
                    to,
                    log.highWatermark());
        } else if (to < end) {
            LOGGER.info(
                    "{} is cut from offset {} to {}, where it parts from the leader's", id.topicPartition(), end, to);
        }
        if (log.truncateTo(to) == Errors.NONE) {
            follower.whenStored(done);
        } else {
            done.accept(Next.STOP);
        }
    }

    private Next position(Follower follower) {
        return new Next.Fetch(log.logEndOffset(), -1, log.logStartOffset(), follower.epoch());
    }
}
