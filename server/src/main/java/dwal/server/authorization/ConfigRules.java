package dwal.server.authorization;

import static dwal.server.authorization.Rules.and;
import static dwal.server.authorization.Rules.answer;
import static dwal.server.authorization.Rules.takeOut;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** What is demanded of those who look at configurations, or change them. Any thread. */
record ConfigRules(Authorization may) {

    /** What ACLs a configuration falls under; null for a kind that is unknown, which the handler refuses. */
    private static @Nullable ResourceType resource(byte type) {
        return switch (ConfigResource.Type.forId(type)) {
            case BROKER, BROKER_LOGGER, CLIENT_METRICS -> ResourceType.CLUSTER;
            case TOPIC -> ResourceType.TOPIC;
            case GROUP -> ResourceType.GROUP;
            case UNKNOWN -> null;
        };
    }

    private boolean denied(RequestContext context, AclOperation operation, byte type, String name) {
        ResourceType resource = resource(type);
        return resource != null
                && !may.allows(
                        context, operation, resource, resource == ResourceType.CLUSTER ? Authorization.CLUSTER : name);
    }

    private static Errors error(byte type) {
        ResourceType resource = resource(type);
        if (resource == ResourceType.TOPIC) {
            return Errors.TOPIC_AUTHORIZATION_FAILED;
        }
        return resource == ResourceType.GROUP ? Errors.GROUP_AUTHORIZATION_FAILED : Errors.CLUSTER_AUTHORIZATION_FAILED;
    }

    CompletionStage<? extends ApiMessage> describe(
            RequestContext context, DescribeConfigsRequestData request, Handler<DescribeConfigsRequestData> next) {
        List<DescribeConfigsResource> denied = takeOut(
                request.resources(),
                request::setResources,
                one -> denied(context, AclOperation.DESCRIBE_CONFIGS, one.resourceType(), one.resourceName()));
        CompletionStage<DescribeConfigsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setResults(and(
                answer.results(),
                denied,
                one -> new DescribeConfigsResult()
                        .setErrorCode(error(one.resourceType()).code())
                        .setErrorMessage(error(one.resourceType()).message())
                        .setResourceType(one.resourceType())
                        .setResourceName(one.resourceName()))));
    }

    CompletionStage<? extends ApiMessage> alter(
            RequestContext context, AlterConfigsRequestData request, Handler<AlterConfigsRequestData> next) {
        var denied = takeOut(
                request.resources(),
                one -> denied(context, AclOperation.ALTER_CONFIGS, one.resourceType(), one.resourceName()));
        CompletionStage<AlterConfigsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setResponses(and(
                answer.responses(),
                denied,
                one -> new AlterConfigsResourceResponse()
                        .setErrorCode(error(one.resourceType()).code())
                        .setErrorMessage(error(one.resourceType()).message())
                        .setResourceType(one.resourceType())
                        .setResourceName(one.resourceName()))));
    }

    CompletionStage<? extends ApiMessage> alterIncrementally(
            RequestContext context,
            IncrementalAlterConfigsRequestData request,
            Handler<IncrementalAlterConfigsRequestData> next) {
        var denied = takeOut(
                request.resources(),
                one -> denied(context, AclOperation.ALTER_CONFIGS, one.resourceType(), one.resourceName()));
        CompletionStage<IncrementalAlterConfigsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setResponses(and(
                answer.responses(),
                denied,
                one -> new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                        .setErrorCode(error(one.resourceType()).code())
                        .setErrorMessage(error(one.resourceType()).message())
                        .setResourceType(one.resourceType())
                        .setResourceName(one.resourceName()))));
    }
}
