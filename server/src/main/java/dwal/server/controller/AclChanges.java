package dwal.server.controller;

import dwal.protocol.ApiTable;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.authorization.AclRequests;
import dwal.server.authorization.Authorization;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreateAclsResponseData;
import org.apache.kafka.common.message.CreateAclsResponseData.AclCreationResult;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DeleteAclsResponseData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeAclsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DeleteAclsResponse;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.config.ServerConfigs;

/**
 * CreateAcls and DeleteAcls: the controller writes down who may do what. Without an authorizer it does not, since nobody would
 * look at it. Any thread.
 */
public record AclChanges(ClusterMetadata metadata, Authorization authorization) {

    /** Adds the handlers, and the one that tells what there is. */
    public void addTo(ApiTable.Builder table) {
        table.add(ApiKeys.CREATE_ACLS, CreateAclsRequestData.class, this::create)
                .add(ApiKeys.DELETE_ACLS, DeleteAclsRequestData.class, this::delete)
                .add(ApiKeys.DESCRIBE_ACLS, DescribeAclsRequestData.class, this::describe);
    }

    private CompletionStage<DescribeAclsResponseData> describe(
            RequestContext context, DescribeAclsRequestData request) {
        return AclRequests.describe(authorization, context, request);
    }

    private CompletionStage<CreateAclsResponseData> create(RequestContext context, CreateAclsRequestData request) {
        if (!authorization.isOn()) {
            return disabled();
        }
        List<AclBinding> asked = AclRequests.bindings(context, request);
        List<ApiError> refusals = asked.stream().map(AclChanges::check).toList();
        List<AclBinding> accepted = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            if (refusals.get(i).isSuccess()) {
                accepted.add(asked.get(i));
            }
        }
        return metadata.controller().createAcls(of(context), accepted).thenApply(results -> {
            var response = new CreateAclsResponseData();
            Iterator<AclCreateResult> created = results.iterator();
            for (ApiError refusal : refusals) {
                response.results().add(result(refusal.isSuccess() ? error(created.next()) : refusal));
            }
            return response;
        });
    }

    private static ApiError error(AclCreateResult result) {
        return result.exception().map(ApiError::fromThrowable).orElse(ApiError.NONE);
    }

    private static AclCreationResult result(ApiError error) {
        return error.isSuccess()
                ? new AclCreationResult()
                : new AclCreationResult().setErrorCode(error.error().code()).setErrorMessage(error.message());
    }

    private static ApiError check(AclBinding acl) {
        String name = acl.pattern().name();
        if (acl.pattern().resourceType() == ResourceType.CLUSTER && !name.equals(Resource.CLUSTER_NAME)) {
            return refusal("The only valid name for the CLUSTER resource is " + Resource.CLUSTER_NAME);
        }
        return name.isEmpty() ? refusal("Invalid empty resource name") : ApiError.NONE;
    }

    private static ApiError refusal(String reason) {
        return new ApiError(Errors.INVALID_REQUEST, reason);
    }

    private CompletionStage<DeleteAclsResponseData> delete(RequestContext context, DeleteAclsRequestData request) {
        if (!authorization.isOn()) {
            return disabled();
        }
        return metadata.controller()
                .deleteAcls(of(context), AclRequests.filters(context, request))
                .thenApply(results -> new DeleteAclsResponse(
                                new DeleteAclsResponseData()
                                        .setFilterResults(results.stream()
                                                .map(DeleteAclsResponse::filterResult)
                                                .toList()),
                                context.apiVersion())
                        .data());
    }

    private static <A> CompletionStage<A> disabled() {
        return CompletableFuture.failedFuture(new SecurityDisabledException("No Authorizer is configured."));
    }

    private ControllerRequestContext of(RequestContext context) {
        return ControllerContext.of(metadata, context, ServerConfigs.REQUEST_TIMEOUT_MS_DEFAULT);
    }
}
