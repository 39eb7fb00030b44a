package dwal.compat.hostile;

import dwal.compat.differential.RawConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** A well-formed request of each API that clients send, in each version, with the fields at their defaults: to be spoiled. */
final class SampleRequests {
    /** What would rightly change the cluster for the honest client, and what is between brokers only. */
    private static final Set<ApiKeys> LEFT_OUT = Set.of(
            ApiKeys.DELETE_TOPICS,
            ApiKeys.DELETE_RECORDS,
            ApiKeys.UPDATE_FEATURES,
            ApiKeys.ALTER_CONFIGS,
            ApiKeys.INCREMENTAL_ALTER_CONFIGS,
            ApiKeys.UNREGISTER_BROKER,
            ApiKeys.REMOVE_RAFT_VOTER,
            ApiKeys.ADD_RAFT_VOTER);

    private SampleRequests() {}

    static List<ByteBuffer> frames(RawConnection connection) throws IOException {
        List<ByteBuffer> frames = new ArrayList<>();
        try (connection) {
            for (ApiKeys api : ApiKeys.clientApis()) {
                if (LEFT_OUT.contains(api)) continue;
                for (short version : api.allVersions()) {
                    ApiMessage request = api.messageType.newRequest();
                    try {
                        frames.add(connection.frame(api, version, request));
                    } catch (UnsupportedVersionException | NullPointerException e) {
                        // A default that this version cannot write: the other versions are enough.
                    }
                }
            }
        }
        return frames;
    }
}
