package dwal.server.handler;

import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.security.authorizer.AclEntry;

/** What a client may do to a group, as a bit field; without an authorizer that is all there is to do. */
final class GroupOperations {
    private GroupOperations() {}

    static int all() {
        return Utils.to32BitField(AclEntry.supportedOperations(ResourceType.GROUP).stream()
                .map(AclOperation::code)
                .collect(Collectors.toSet()));
    }
}
