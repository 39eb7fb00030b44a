package dwal.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/**
 * Record batches as JSON, in which any wrong byte is a difference: each batch with the fields of its header, and a digest of all
 * its bytes. Where the server's clock gives the time, that and the checksum over it differ by nature: then only whether the
 * checksum is right is told.
 */
final class RecordsTree {
    private static final int CHECKSUM = 17;
    private static final int MAX_TIMESTAMP = 35;

    private RecordsTree() {}

    /** The whole batches, and how many bytes of another one come after them. */
    static JsonNode of(MemoryRecords records) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        ArrayNode batches = tree.putArray("batches");
        records.batches().forEach(batch -> batches.add(batch(batch)));
        return tree.put("cutOff", Integer.toString(records.sizeInBytes() - records.validBytes()));
    }

    private static JsonNode batch(MutableRecordBatch batch) {
        boolean serversClock = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("offsets", batch.baseOffset() + " to " + batch.lastOffset());
        tree.put("count", String.valueOf(batch.countOrNull()));
        tree.put("sizeInBytes", Integer.toString(batch.sizeInBytes()));
        tree.put("partitionLeaderEpoch", Integer.toString(batch.partitionLeaderEpoch()));
        tree.put("codec", batch.compressionType().name);
        tree.put("timestampType", batch.timestampType().name);
        tree.put("maxTimestamp", Normalizer.time(batch.maxTimestamp()));
        tree.put("ofTransaction", batch.isTransactional() + (batch.isControlBatch() ? ", control" : ""));
        tree.put("producer", batch.producerId() + ", epoch " + batch.producerEpoch());
        tree.put("baseSequence", Integer.toString(batch.baseSequence()));
        tree.put("checksum", batch.isValid() ? "right" : "wrong");
        if (!serversClock) tree.put("checksumValue", Long.toHexString(batch.checksum()));
        return tree.put("bytes", digest(batch, serversClock));
    }

    private static String digest(MutableRecordBatch batch, boolean serversClock) {
        ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
        batch.writeTo(bytes);
        if (serversClock && batch instanceof DefaultRecordBatch)
            bytes.putInt(CHECKSUM, 0).putLong(MAX_TIMESTAMP, 0);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("every Java has it", e);
        }
    }
}
