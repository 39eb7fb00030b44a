package dwal.gateway.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What a client calls a request, so that the log takes it once however often it is sent. The log itself keeps it, as it keeps what
 * idempotent producers have sent: the key becomes a producer id, and what is sent its sequence number. The same again is then a
 * duplicate, and something else under the same key is out of order. No state.
 */
final class IdempotencyKey {
    /** Ids that a controller gives out count up from 0, and do not come here. */
    private static final long FIRST_PRODUCER_ID = 1L << 62;

    private static final int SEQUENCES = 1 << 30;

    private final byte[] key;

    IdempotencyKey(String key) {
        this.key = key.getBytes(UTF_8);
    }

    /** The id of the producer that sends this request only. */
    long producerId() {
        return FIRST_PRODUCER_ID | (ByteBuffer.wrap(sha256().digest(key)).getLong() >>> 3);
    }

    /** The partition of records that name none and have no key: the same for a retry. */
    int partition(int partitions) {
        return (int) (producerId() % partitions);
    }

    /** A number made of all that the client has sent of {@code records}; no time of ours is in it. */
    int baseSequence(List<NewRecord> records) {
        MessageDigest digest = sha256();
        for (NewRecord each : records) {
            digest.update(number(each.stamped() ? each.record().timestamp() : -1));
            update(digest, each.record().key());
            update(digest, each.record().value());
            digest.update(number(each.record().headers().length));
            for (Header header : each.record().headers()) {
                update(digest, ByteBuffer.wrap(header.key().getBytes(UTF_8)));
                byte[] value = header.value();
                update(digest, value == null ? null : ByteBuffer.wrap(value));
            }
        }
        return ByteBuffer.wrap(digest.digest()).getInt() & (SEQUENCES - 1);
    }

    private static void update(MessageDigest digest, @Nullable ByteBuffer bytes) {
        digest.update(number(bytes == null ? -1 : bytes.remaining()));
        if (bytes != null) {
            digest.update(bytes.duplicate());
        }
    }

    private static ByteBuffer number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(0, value);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
