package dwal.replication.metadata;

import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Finds the error of a whole response among voters. */
final class RaftErrors {
    private RaftErrors() {}

    static Errors of(ApiMessage response) {
        if (response instanceof FetchResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof VoteResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof BeginQuorumEpochResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof EndQuorumEpochResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof FetchSnapshotResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof UpdateRaftVoterResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof AddRaftVoterResponseData data) {
            return Errors.forCode(data.errorCode());
        } else if (response instanceof RemoveRaftVoterResponseData data) {
            return Errors.forCode(data.errorCode());
        }
        return Errors.NONE;
    }
}
