package dwal.server.handler;

import java.util.stream.Collectors;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.security.authorizer.AclEntry;

/** What a client may do, as a bit field: everything, as long as there is no authorizer. Any thread. */
final class AllowedOperations {
    static final int ON_CLUSTER = all(ResourceType.CLUSTER);
    static final int ON_TOPIC = all(ResourceType.TOPIC);

    private AllowedOperations() {}

    private static int all(ResourceType type) {
        return Utils.to32BitField(AclEntry.supportedOperations(type).stream()
                .map(operation -> operation.code())
                .collect(Collectors.toSet()));
    }
}
