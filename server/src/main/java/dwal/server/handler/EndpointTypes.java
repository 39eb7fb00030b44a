package dwal.server.handler;

import dwal.protocol.RequestContext;
import org.apache.kafka.clients.admin.EndpointType;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Whether DescribeCluster has come to the kind of node that it asks about (KIP-919). Any thread. */
public final class EndpointTypes {
    private EndpointTypes() {}

    /** The answer to {@code request} where that is not {@code here}; null where it is. */
    public static @Nullable DescribeClusterResponseData refusal(
            RequestContext context, DescribeClusterRequestData request, EndpointType here) {
        EndpointType wanted = EndpointType.fromId(request.endpointType());
        if (wanted == EndpointType.UNKNOWN) {
            return refusal(
                    context, Errors.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type " + request.endpointType());
        }
        return wanted == here
                ? null
                : refusal(
                        context,
                        Errors.MISMATCHED_ENDPOINT_TYPE,
                        "The request was sent to an endpoint of type " + here + ", but we wanted an endpoint of type "
                                + wanted);
    }

    private static DescribeClusterResponseData refusal(RequestContext context, Errors error, String reason) {
        // Clients of version 0 do not know the errors about endpoint types.
        Errors known = context.apiVersion() == 0 ? Errors.INVALID_REQUEST : error;
        return new DescribeClusterResponseData().setErrorCode(known.code()).setErrorMessage(reason);
    }
}
