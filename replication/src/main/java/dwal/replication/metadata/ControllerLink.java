package dwal.replication.metadata;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.metadata.BrokerHeartbeatReply;
import org.apache.kafka.metadata.BrokerRegistrationReply;

/** How a broker reaches the active controller: in this process, or over the network. Any thread. */
interface ControllerLink {

    /** Takes the registration of a broker back that does not live any more. */
    CompletableFuture<Void> unregister(int brokerId);

    /** Registers this broker. */
    CompletableFuture<BrokerRegistrationReply> register(BrokerRegistrationRequestData request);

    /** Says that this broker is alive, and what it wants. */
    CompletableFuture<BrokerHeartbeatReply> heartbeat(BrokerHeartbeatRequestData request);

    /** The offset after the last metadata record that was committed when this was asked, or a later one. */
    CompletableFuture<Long> metadataEnd();
}
