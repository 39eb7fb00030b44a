package dwal.protocol;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Looks at a request before Kafka's generated classes build it: whether the keys in its arrays spread over a hash table.
 *
 * <p>Those classes keep some arrays, of requests and of answers, in tables with linear probing
 * ({@code ImplicitLinkedHashCollection}). When one grows, which each of a request does at the latest with its last element, it takes
 * out one after the other and puts all behind it in place again: with keys that fall on one place that takes the cube of their number.
 * A Produce of 20 kB with five thousand topics of one name would keep its network loop busy for a minute, and one of 64 kB for half an
 * hour.
 *
 * <p>Arrays of at most {@link #FEW} elements are not worth a look. Keys are told apart by their leading fields, up to
 * the first text, topic id or number that is not zero: no more is needed of the keys there are. Steps are counted as a table would
 * take them, for each length that it may have. Honest names do not spread well either, but need to be many to cost as much. For one
 * request; owned by the network loop that decodes.
 */
public final class KeySpread {
    /** With so many elements of one key a table grows in some milliseconds. */
    public static final int FEW = 256;

    /** So many steps, of about half a nanosecond, a table may take for each element: usual names, and many of them, take half. */
    private static final long STEPS_FOR_EACH = 1 << 16;
    /** And no more than that: about half a second. */
    private static final long MOST_STEPS = 1L << 30;
    /** A shorter run is no trouble. */
    private static final int SHORT_RUN = 64;

    /** Requests with such a table, or that have one in their answer which grows with its elements. */
    static final Set<ApiKeys> WITH_TABLE = EnumSet.of(
            ApiKeys.PRODUCE,
            ApiKeys.JOIN_GROUP,
            ApiKeys.CREATE_TOPICS,
            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
            ApiKeys.ADD_PARTITIONS_TO_TXN,
            ApiKeys.DESCRIBE_TRANSACTIONS,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.ALTER_REPLICA_LOG_DIRS,
            ApiKeys.DESCRIBE_LOG_DIRS,
            ApiKeys.CREATE_PARTITIONS,
            ApiKeys.DELETE_GROUPS,
            ApiKeys.ELECT_LEADERS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.OFFSET_DELETE,
            ApiKeys.BEGIN_QUORUM_EPOCH,
            ApiKeys.END_QUORUM_EPOCH,
            ApiKeys.UPDATE_FEATURES,
            ApiKeys.BROKER_REGISTRATION,
            ApiKeys.CONTROLLER_REGISTRATION,
            ApiKeys.ADD_RAFT_VOTER,
            ApiKeys.UPDATE_RAFT_VOTER,
            ApiKeys.SHARE_FETCH,
            ApiKeys.SHARE_ACKNOWLEDGE,
            ApiKeys.ALTER_SHARE_GROUP_OFFSETS);

    /** Requests that have none, but one in their answer, in which their handlers make room for all elements before. */
    static final Set<ApiKeys> WITH_TABLE_IN_ANSWER = EnumSet.of(
            ApiKeys.METADATA, ApiKeys.DELETE_TOPICS, ApiKeys.DELETE_RECORDS, ApiKeys.DESCRIBE_TOPIC_PARTITIONS);

    private final Schema schema;
    private final ByteBuffer body;
    private final int mostElements;
    private final boolean grows;
    private int elements;
    private boolean bad;

    /** Whether there is anything to look at in requests of {@code api}. */
    static boolean matters(ApiKeys api) {
        return WITH_TABLE.contains(api) || WITH_TABLE_IN_ANSWER.contains(api);
    }

    /**
     * @param body of the request, from its position on; is moved
     * @param mostElements a request with more is too large for other reasons, and nobody builds it
     */
    KeySpread(ApiKeys api, short version, ByteBuffer body, int mostElements) {
        this.schema = api.messageType.requestSchemas()[version];
        this.grows = WITH_TABLE.contains(api);
        this.body = body;
        this.mostElements = mostElements;
    }

    /** Whether tables of its keys would take too long. False, too, where it does not parse: who builds it will see that. */
    boolean isBad() {
        try {
            skip(schema);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return bad;
        }
        return false;
    }

    // ---- walks over the bytes

    private void skip(Type type) {
        if (type.isArray()) {
            skipArray(type);
        } else if (type instanceof Schema struct) {
            if (!(type instanceof NullableSchema) || body.get() >= 0) {
                for (BoundField field : struct.fields()) {
                    skip(field.def.type);
                }
            }
        } else if (type instanceof TaggedFields) {
            for (int left = ByteUtils.readUnsignedVarint(body); left != 0; left--) {
                ByteUtils.readUnsignedVarint(body);
                skip(ByteUtils.readUnsignedVarint(body));
            }
        } else if (type == Type.VARINT || type == Type.VARLONG) {
            ByteUtils.readVarlong(body);
        } else {
            skip(sizeOf(type));
        }
    }

    private void skip(int size) {
        if (size > body.remaining() || size < -1) {
            throw new IllegalArgumentException("it ends too early");
        }
        body.position(body.position() + Math.max(size, 0));
    }

    /** Of the value that comes next, without what tells how long it is, which is read; -1 if it is null. */
    private int sizeOf(Type type) {
        if (type == Type.INT8 || type == Type.BOOLEAN) {
            return Byte.BYTES;
        } else if (type == Type.INT16 || type == Type.UINT16) {
            return Short.BYTES;
        } else if (type == Type.INT32 || type == Type.UNSIGNED_INT32) {
            return Integer.BYTES;
        } else if (type == Type.INT64 || type == Type.FLOAT64) {
            return Long.BYTES;
        } else if (type == Type.UUID) {
            return 2 * Long.BYTES;
        } else if (type == Type.STRING || type == Type.NULLABLE_STRING) {
            return body.getShort();
        } else if (type == Type.BYTES
                || type == Type.NULLABLE_BYTES
                || type == Type.RECORDS
                || type == Type.NULLABLE_RECORDS) {
            return body.getInt();
        }
        return ByteUtils.readUnsignedVarint(body) - 1; // the compact ones
    }

    private void skipArray(Type array) {
        Type element = array.arrayElementType().orElseThrow();
        int count = array instanceof CompactArrayOf ? ByteUtils.readUnsignedVarint(body) - 1 : body.getInt();
        elements += Math.max(count, 0);
        if (count > body.remaining() || elements > mostElements) {
            throw new IllegalArgumentException("there are too many elements");
        }
        int[] keys = new int[count > FEW ? count : 0];
        for (int i = 0; i < count; i++) {
            if (keys.length == 0) {
                skip(element);
            } else {
                keys[i] = element instanceof Schema struct ? readKey(struct) : readKeyPart(element);
            }
        }
        if (keys.length > 0) {
            count(keys);
        }
    }

    /** As the generated classes make the hash code of a key. */
    private int readKey(Schema struct) {
        int key = 0;
        boolean open = true;
        for (BoundField field : struct.fields()) {
            Type type = field.def.type;
            if (open && mayBeOfKey(type)) {
                int part = readKeyPart(type);
                key = 31 * key + part;
                open = part == 0 || type == Type.INT8;
            } else {
                open = false;
                skip(type);
            }
        }
        return key;
    }

    private static boolean mayBeOfKey(Type type) {
        return type == Type.INT8 || type == Type.INT32 || type == Type.UUID || isText(type);
    }

    private static boolean isText(Type type) {
        return type == Type.STRING
                || type == Type.NULLABLE_STRING
                || type == Type.COMPACT_STRING
                || type == Type.COMPACT_NULLABLE_STRING;
    }

    private int readKeyPart(Type type) {
        if (type == Type.INT8) {
            return body.get();
        } else if (type == Type.INT32) {
            return body.getInt();
        } else if (type == Type.UUID) {
            return new Uuid(body.getLong(), body.getLong()).hashCode();
        } else if (isText(type)) {
            return readText(sizeOf(type));
        }
        skip(type);
        return 0;
    }

    private int readText(int size) {
        if (size > body.remaining()) {
            throw new IllegalArgumentException("it ends too early");
        }
        byte[] text = new byte[Math.max(size, 0)];
        body.get(text);
        return new String(text, StandardCharsets.UTF_8).hashCode();
    }

    // ---- counts what tables would take

    private void count(int[] keys) {
        int[] onceMore = Arrays.stream(keys).map(key -> 31 * key).toArray(); // where the key has an empty field behind
        for (int[] each : new int[][] {keys, onceMore}) {
            count(each, 2 * keys.length + 3);
            if (grows) {
                count(each, 2 * keys.length + 1);
                count(each, 4 * keys.length + 3);
                for (int length = 5; length < 4L * keys.length; length = 2 * length + 1) {
                    count(each, length);
                }
            }
        }
    }

    /** A table of this length, which holds as many as half of that, or all that there are. */
    private void count(int[] keys, int length) {
        long most = Math.min(STEPS_FOR_EACH * keys.length, MOST_STEPS);
        int[] stepsTo = new int[length];
        long steps = 0;
        for (int i = 0; i < Math.min(keys.length, length / 2); i++) {
            int slot = (keys[i] & Integer.MAX_VALUE) % length;
            int stepsToThis = 1;
            while (stepsTo[slot] > 0) {
                slot = slot + 1 == length ? 0 : slot + 1;
                stepsToThis++;
            }
            stepsTo[slot] = stepsToThis;
            steps += stepsToThis;
            check(steps <= most);
        }
        check(!grows || steps + stepsToTakeOut(stepsTo) <= most);
    }

    /** To take out one after the other, and put all that follow it in their run in place again. */
    private static long stepsToTakeOut(int[] stepsTo) {
        long all = 0;
        long run = 0;
        long steps = 0;
        for (int each : stepsTo) {
            if (each > 0) {
                run++;
                steps += each;
            } else {
                all += run > SHORT_RUN ? run * steps / 2 : 0;
                run = 0;
                steps = 0;
            }
        }
        return all + (run > SHORT_RUN ? run * steps / 2 : 0);
    }

    private void check(boolean good) {
        if (!good) {
            bad = true;
            throw new IllegalArgumentException("its keys do not spread");
        }
    }
}
