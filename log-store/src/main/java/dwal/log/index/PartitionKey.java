package dwal.log.index;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;

/**
 * The keys of one partition: 16 bytes topic id, 4 bytes partition, then what a column family sorts by; all big-endian, so
 * that keys of non-negative numbers sort like the numbers. Immutable.
 */
public final class PartitionKey {
    /** Length of the part that all keys of a partition share. */
    public static final int PREFIX_BYTES = 20;

    private final byte[] prefix;

    public PartitionKey(TopicIdPartition partition) {
        prefix = ByteBuffer.allocate(PREFIX_BYTES)
                .putLong(partition.topicId().getMostSignificantBits())
                .putLong(partition.topicId().getLeastSignificantBits())
                .putInt(partition.partition())
                .array();
    }

    /** Behind the keys of all partitions. */
    public static byte[] behindAll() {
        byte[] end = new byte[PREFIX_BYTES + 1];
        Arrays.fill(end, (byte) -1);
        return end;
    }

    /** The partition of {@code topic} that {@code key} begins with. */
    public static TopicIdPartition partitionOf(byte[] key, String topic) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new TopicIdPartition(new Uuid(bytes.getLong(), bytes.getLong()), bytes.getInt(), topic);
    }

    /** The shared part alone. */
    public byte[] bytes() {
        return prefix.clone();
    }

    /** The shared part and these numbers, which are not negative. */
    public byte[] with(long... numbers) {
        ByteBuffer key = ByteBuffer.allocate(PREFIX_BYTES + 8 * numbers.length).put(prefix);
        for (long number : numbers) {
            key.putLong(number);
        }
        return key.array();
    }

    /** Behind all keys of this partition. */
    public byte[] end() {
        return with(-1L, -1L, -1L, -1L);
    }
}
