package dwal.server.handler;

import dwal.environment.Clock;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.InflationBudget;
import dwal.log.LogStore;
import dwal.log.Submission;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestTimes;
import dwal.protocol.batch.BatchView;
import dwal.replication.Appending;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import dwal.server.quota.ClientQuota;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponseCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;

/** Produce: appends each partition's records, and answers when all of them are stored as asked. */
public final class ProduceHandler implements Handler<ProduceRequestData> {
    /** Kafka lets a client of this name write to internal topics. */
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;
    private final ClientQuota quota;
    private final RefusedRecords refused;
    private final LogStore logs;
    private final ProduceBacklog backlog;

    /**
     * @param logs where the partitions' logs are
     * @param longWork runs what takes too long for a network loop
     * @param metadata what the cluster looks like now
     * @param quota of bytes that clients may produce
     * @param clock bounds how often the log tells of records that are refused
     */
    public ProduceHandler(
            Partitions partitions,
            LogStore logs,
            Executor longWork,
            Supplier<MetadataImage> metadata,
            ClientQuota quota,
            Clock clock) {
        this.partitions = partitions;
        this.logs = logs;
        this.backlog = new ProduceBacklog(longWork);
        this.metadata = metadata;
        this.quota = quota;
        this.refused = new RefusedRecords(clock);
    }

    @Override
    public CompletionStage<ProduceResponseData> handle(RequestContext context, ProduceRequestData request) {
        var answer =
                new Answer(request.acks() == 0, request.topicData().size(), countPartitions(request), context.times());
        if (quota.isSet()) {
            // Now and not when it is answered, as in Kafka: nothing more is read from a client that must pause.
            answer.data.setThrottleTimeMs(quota.use(context, size(context, request)));
        }
        var budget = InflationBudget.ofRequest();
        boolean behind = backlog.isBehind(context.connection());
        List<Runnable> later = new ArrayList<>(0);
        for (TopicProduceData topic : request.topicData()) {
            var topicAnswer = new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            for (PartitionProduceData partition : topic.partitionData()) {
                var partitionAnswer = new PartitionProduceResponse().setIndex(partition.index());
                topicAnswer.partitionResponses().add(partitionAnswer);
                behind = behind || !append(context, request, topic, partition, answer, partitionAnswer, budget);
                if (behind) {
                    later.add(() -> appendLater(context, request, topic, partition, answer, partitionAnswer));
                }
            }
            if (!topic.partitionData().isEmpty()) {
                answer.data.responses().add(topicAnswer);
            }
        }
        if (behind) {
            backlog.add(context.connection(), later);
        }
        answer.complete(); // the handler's own share
        if (!answer.stage.isDone()) {
            context.asked().whenGone(() -> leave(request, answer));
        }
        return answer.stage;
    }

    /** Nobody waits for {@code answer} any more: what is held for it must not be as much as clients that come and go like it to be. */
    private void leave(ProduceRequestData request, Answer answer) {
        answer.left = true;
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData data : topic.partitionData()) {
                Partition partition = find(topic, data.index());
                if (partition != null) {
                    partition.waiterLeft();
                }
            }
        }
    }

    /** Bytes of the request, but for its header. */
    private static int size(RequestContext context, ProduceRequestData request) {
        var size = new MessageSizeAccumulator();
        request.addSize(size, new ObjectSerializationCache(), context.apiVersion());
        return size.totalSize();
    }

    /** On another thread than the connection's loop. */
    private void appendLater(
            RequestContext context,
            ProduceRequestData request,
            TopicProduceData topic,
            PartitionProduceData data,
            Answer answer,
            PartitionProduceResponse into) {
        try {
            append(context, request, topic, data, answer, into, InflationBudget.unlimited());
        } catch (RuntimeException | Error e) {
            answer.stage.completeExceptionally(e);
        }
    }

    /** False if nothing was done, for to look at the records would take more than {@code budget} allows. */
    private boolean append(
            RequestContext context,
            ProduceRequestData request,
            TopicProduceData topic,
            PartitionProduceData data,
            Answer answer,
            PartitionProduceResponse into,
            InflationBudget budget) {
        Errors error = Errors.NONE;
        String message = null;
        Partition partition = find(topic, data.index());
        if (request.acks() < -1 || request.acks() > 1) {
            error = Errors.INVALID_REQUIRED_ACKS;
        } else if (partition == null) {
            error = whyNotHere(context, topic, data.index());
        } else if (Topic.isInternal(partition.id().topic()) && !ADMIN_CLIENT_ID.equals(context.clientId())) {
            error = Errors.INVALID_TOPIC_EXCEPTION;
            message = "Cannot append to internal topic " + partition.id().topic();
        } else {
            try {
                if (data.records() == null) {
                    throw new InvalidRecordException("There are no records for partition " + partition.id());
                }
                ProduceRequest.validateRecords(context.apiVersion(), data.records());
                refuseTransactions((MemoryRecords) data.records());
            } catch (ApiException e) {
                error = Errors.forException(e);
                message = e.getMessage();
            }
        }
        if (partition == null || error != Errors.NONE) {
            AppendOutcome outcome = AppendOutcome.refused(error, message == null ? error.message() : message);
            refused.note(context, partition == null ? null : partition.id().topicPartition(), outcome);
            answer.complete(into, outcome);
            return true;
        }
        Submission records = check((MemoryRecords) data.records(), partition, budget);
        if (records == null) {
            return false;
        }
        partition.append(
                records, request.acks(), request.timeoutMs(), new PartitionAppend(context, partition, into, answer));
        return true;
    }

    /**
     * Before the partition's strand is taken, so that those who wait for it do not wait for this. Null if it takes too long. Where
     * another node leads the records are refused unseen.
     */
    private @Nullable Submission check(MemoryRecords records, Partition partition, InflationBudget budget) {
        return partition.isOpen() && partition.leaderEpoch() < 0
                ? new Submission.Unchecked(records.buffer(), AppendOrigin.CLIENT)
                : logs.check(records, partition.log().settings(), budget);
    }

    /**
     * There is nobody yet to end a transaction: a reader of what is committed would stand still before it for ever. The
     * error is the one that a producer with a transactional id gets from FindCoordinator; clients take it as fatal.
     */
    private static void refuseTransactions(MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        if (bytes.remaining() >= BatchView.HEADER_BYTES
                && new BatchView().over(bytes, bytes.position()).isTransactional()) {
            throw new UnsupportedVersionException("Transactions are not supported yet; remove transactional.id");
        }
    }

    /** As in Kafka, a refusal names the log's start unless the records were not looked at, or looked damaged. */
    private static long startOffset(Partition partition, AppendOutcome outcome) {
        return switch (outcome.error()) {
            case NONE,
                    NOT_LEADER_OR_FOLLOWER,
                    MESSAGE_TOO_LARGE,
                    RECORD_LIST_TOO_LARGE,
                    CORRUPT_MESSAGE,
                    KAFKA_STORAGE_ERROR -> outcome.logStartOffset();
            default -> partition.log().logStartOffset();
        };
    }

    private @Nullable Partition find(TopicProduceData topic, int index) {
        return Uuid.ZERO_UUID.equals(topic.topicId())
                ? partitions.find(topic.name(), index)
                : partitions.find(topic.topicId(), index);
    }

    private Errors whyNotHere(RequestContext context, TopicProduceData topic, int index) {
        MetadataImage image = metadata.get();
        if (context.apiVersion() < 13) {
            return Partitions.whyNotHere(image, topic.name(), index);
        }
        TopicImage known = image.topics().getTopic(topic.topicId());
        return known == null ? Errors.UNKNOWN_TOPIC_ID : Partitions.whyNotHere(image, known.name(), index);
    }

    /** Spares the client a metadata request (KIP-951). */
    private void nameLeader(Partition partition, PartitionProduceResponse into) {
        PartitionRegistration now = metadata.get()
                .topics()
                .getPartition(partition.id().topicId(), partition.id().partition());
        if (now != null) {
            into.currentLeader().setLeaderId(now.leader).setLeaderEpoch(now.leaderEpoch);
        }
    }

    private static int countPartitions(ProduceRequestData request) {
        int count = 0;
        for (TopicProduceData topic : request.topicData()) {
            count += topic.partitionData().size();
        }
        return count;
    }

    /** What becomes of one partition's records, and when. Owned by the partition's strand. */
    private final class PartitionAppend implements Appending {
        private final RequestContext context;
        private final Partition partition;
        private final PartitionProduceResponse into;
        private final Answer answer;
        private boolean opened;
        private long begunNanos;
        private long writtenNanos;
        private long storedNanos;
        private long waitedNanos;
        private int lastFollower = NOBODY;

        PartitionAppend(RequestContext context, Partition partition, PartitionProduceResponse into, Answer answer) {
            this.context = context;
            this.partition = partition;
            this.into = into;
            this.answer = answer;
        }

        @Override
        public void begins(long nanos, boolean opened) {
            begunNanos = nanos;
            this.opened = opened;
        }

        @Override
        public void written(long nanos) {
            writtenNanos = nanos;
        }

        @Override
        public void waited(long nanos, long storedNanos, int lastFollower) {
            waitedNanos = nanos;
            this.storedNanos = storedNanos;
            this.lastFollower = lastFollower;
        }

        @Override
        public void done(AppendOutcome outcome) {
            try {
                if (outcome.error() == Errors.NOT_LEADER_OR_FOLLOWER) {
                    nameLeader(partition, into);
                }
                refused.note(context, partition.id().topicPartition(), outcome);
                into.setLogStartOffset(startOffset(partition, outcome));
            } finally {
                answer.last = this;
                answer.complete(into, outcome);
            }
        }

        @Override
        public boolean hasLeft() {
            return answer.left;
        }

        void tell(RequestTimes times) {
            times.appended(
                    partition.id().topic(),
                    partition.id().partition(),
                    opened,
                    begunNanos,
                    writtenNanos,
                    storedNanos,
                    waitedNanos,
                    lastFollower);
        }
    }

    /** The answer in the making; partitions are filled in from their strands, the last one sends it. */
    private static final class Answer {
        private final ProduceResponseData data = new ProduceResponseData();
        private final CompletableFuture<ProduceResponseData> stage = new CompletableFuture<>();
        private final AtomicInteger missing;
        private final boolean silent;
        private final RequestTimes times;
        private volatile Errors firstError = Errors.NONE;
        private volatile boolean left;
        /** The one that was ready last, or nearly so. */
        private @Nullable PartitionAppend last;

        Answer(boolean silent, int topics, int partitions, RequestTimes times) {
            // The collection grows slowly, and would with its last element if there were no room for one more.
            data.setResponses(new TopicProduceResponseCollection(topics + 1));
            this.times = times;
            this.silent = silent;
            this.missing = new AtomicInteger(partitions + 1);
        }

        void complete(PartitionProduceResponse into, AppendOutcome outcome) {
            into.setErrorCode(outcome.error().code())
                    .setBaseOffset(outcome.baseOffset())
                    .setLogAppendTimeMs(outcome.logAppendTimeMs());
            if (outcome.error() != Errors.NONE) {
                firstError = outcome.error();
                into.setErrorMessage(outcome.message());
                outcome.recordErrors()
                        .forEach(bad -> into.recordErrors()
                                .add(new BatchIndexAndErrorMessage()
                                        .setBatchIndex(bad.index())
                                        .setBatchIndexErrorMessage(bad.message())));
            }
            complete();
        }

        void complete() {
            if (missing.decrementAndGet() > 0) {
                return;
            }
            if (last != null) {
                last.tell(times);
            }
            if (!silent) {
                stage.complete(data);
            } else if (firstError == Errors.NONE) {
                stage.complete(null);
            } else {
                stage.completeExceptionally(firstError.exception());
            }
        }
    }
}
