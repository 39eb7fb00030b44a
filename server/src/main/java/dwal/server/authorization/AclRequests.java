package dwal.server.authorization;

import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeAclsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.CreateAclsRequest;
import org.apache.kafka.common.requests.DeleteAclsRequest;
import org.apache.kafka.common.requests.DescribeAclsRequest;
import org.apache.kafka.common.requests.DescribeAclsResponse;

/** Requests about ACLs as Kafka reads them. Any thread. */
public final class AclRequests {
    private AclRequests() {}

    /** The ACLs that are to be created; throws if there is something in them that is none. */
    public static List<AclBinding> bindings(RequestContext context, CreateAclsRequestData request) {
        return ((CreateAclsRequest) parsed(context, request))
                .aclCreations().stream().map(CreateAclsRequest::aclBinding).toList();
    }

    /** Which ACLs are to be deleted; throws if a filter makes no sense. */
    public static List<AclBindingFilter> filters(RequestContext context, DeleteAclsRequestData request) {
        return ((DeleteAclsRequest) parsed(context, request)).filters();
    }

    /** The answer to DescribeAcls from what {@code authorization} knows. */
    public static CompletionStage<DescribeAclsResponseData> describe(
            Authorization authorization, RequestContext context, DescribeAclsRequestData request) {
        var response = new DescribeAclsResponseData();
        if (!authorization.isOn()) {
            return CompletableFuture.completedFuture(response.setErrorCode(Errors.SECURITY_DISABLED.code())
                    .setErrorMessage("No Authorizer is configured on the broker"));
        }
        AclBindingFilter filter = ((DescribeAclsRequest) parsed(context, request)).filter();
        response.setResources(DescribeAclsResponse.aclsResources(authorization.acls(filter)));
        return CompletableFuture.completedFuture(new DescribeAclsResponse(response, context.apiVersion()).data());
    }

    /** Kafka's request classes check what they read, and can only be made of bytes. */
    private static AbstractRequest parsed(RequestContext context, ApiMessage request) {
        try {
            return AbstractRequest.parseRequest(
                            context.apiKey(),
                            context.apiVersion(),
                            MessageUtil.toByteBufferAccessor(request, context.apiVersion()))
                    .request;
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage());
        }
    }
}
