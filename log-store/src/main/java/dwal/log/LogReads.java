package dwal.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads of one log, and what becomes of those that fail: a file that retention has deleted meanwhile, one that the disk does
 * not give, bytes that are no batch, for which damage is looked for. Any thread.
 */
final class LogReads {
    private static final Logger LOG = LoggerFactory.getLogger(LogReads.class);

    private final TopicIdPartition partition;
    private final LogReader reader;
    private final DamageSearch damageSearch;

    LogReads(TopicIdPartition partition, LogReader reader, DamageSearch damageSearch) {
        this.partition = partition;
        this.reader = reader;
        this.damageSearch = damageSearch;
    }

    /** See {@link PartitionLog#read}. */
    ReadOutcome read(long offset, long limit, int maxBytes, boolean atLeastOne, boolean withAborted) {
        try {
            return reader.read(offset, limit, maxBytes, atLeastOne, withAborted);
        } catch (NoSuchFileException e) {
            return ReadOutcome.outOfRange();
        } catch (HeaderSteps.NoBatchException e) {
            damageSearch.begin(e);
            return ReadOutcome.failed(Errors.KAFKA_STORAGE_ERROR);
        } catch (IOException e) {
            LOG.error("Reading {} at offset {} failed: {}", partition, offset, e.toString());
            return ReadOutcome.failed(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    /** See {@link PartitionLog#offsetForTime}. */
    Optional<OffsetAndTime> offsetForTime(long timestampMs, long limit) {
        return search(() -> reader.offsetForTime(timestampMs, limit));
    }

    /** See {@link PartitionLog#offsetOfMaxTimestamp}. */
    Optional<OffsetAndTime> offsetOfMaxTimestamp() {
        return search(reader::offsetOfMaxTimestamp);
    }

    /** See {@link PartitionLog#timestampAt}. */
    OptionalLong timestampAt(long offset) {
        return search(() -> reader.timestampAt(offset));
    }

    private interface Search<T> {
        T run() throws IOException;
    }

    private <T> T search(Search<T> search) {
        try {
            return search.run();
        } catch (HeaderSteps.NoBatchException e) {
            damageSearch.begin(e);
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            LOG.error("Searching {} failed: {}", partition, e.toString());
            throw new UncheckedIOException(e);
        }
    }
}
