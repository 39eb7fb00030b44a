package dwal.server.handler;

import dwal.protocol.ApiTable;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.authorization.AclRequests;
import dwal.server.authorization.Authorization;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreateAclsResponseData;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DeleteAclsResponseData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteAclsResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.authorizer.StandardAcl;

/**
 * The APIs of ACLs: the controller changes them, and this node tells what it knows. Any thread.
 *
 * @param forwarding the way to the active controller
 */
public record AclApis(ClusterMetadata metadata, Authorization authorization, Forwarding forwarding) {

    /** Adds their handlers. */
    public void addTo(ApiTable.Builder table) {
        table.add(
                        ApiKeys.DESCRIBE_ACLS,
                        DescribeAclsRequestData.class,
                        (context, request) -> AclRequests.describe(authorization, context, request))
                .add(ApiKeys.CREATE_ACLS, CreateAclsRequestData.class, this::create)
                .add(ApiKeys.DELETE_ACLS, DeleteAclsRequestData.class, this::delete);
    }

    /** Answers when they count on this node, too. */
    private CompletableFuture<CreateAclsResponseData> create(RequestContext context, CreateAclsRequestData request) {
        CompletableFuture<CreateAclsResponseData> done = forwarding.ask(context, request);
        return done.thenCompose(answer -> {
            List<AclBinding> asked = AclRequests.bindings(context, request);
            Set<AclBinding> created = new HashSet<>();
            for (int i = 0; i < asked.size(); i++) {
                if (answer.results().get(i).errorCode() == Errors.NONE.code()) {
                    created.add(asked.get(i));
                }
            }
            return Visibility.of(metadata, image -> bindings(image).containsAll(created), answer);
        });
    }

    /** Answers when they do not count on this node any more, either. */
    private CompletableFuture<DeleteAclsResponseData> delete(RequestContext context, DeleteAclsRequestData request) {
        CompletableFuture<DeleteAclsResponseData> done = forwarding.ask(context, request);
        return done.thenCompose(answer -> {
            Set<AclBinding> deleted = new HashSet<>();
            answer.filterResults()
                    .forEach(filter -> filter.matchingAcls().forEach(acl -> {
                        if (acl.errorCode() == Errors.NONE.code()) {
                            deleted.add(DeleteAclsResponse.aclBinding(acl));
                        }
                    }));
            return Visibility.of(metadata, image -> bindings(image).stream().noneMatch(deleted::contains), answer);
        });
    }

    private static Set<AclBinding> bindings(MetadataImage image) {
        return image.acls().acls().values().stream().map(StandardAcl::toBinding).collect(Collectors.toSet());
    }
}
