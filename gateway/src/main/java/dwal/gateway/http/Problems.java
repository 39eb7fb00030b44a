package dwal.gateway.http;

import dwal.gateway.log.Answer;
import org.apache.kafka.common.protocol.Errors;

/** What refusals are in HTTP. No state. */
final class Problems {
    private Problems() {}

    /** The problem document of a refusal. */
    static HttpAnswer of(Answer<?> refused) {
        int status = status(refused.error());
        return withRetry(
                HttpAnswer.problem(
                        status,
                        title(status),
                        refused.message(),
                        refused.error().name()),
                refused);
    }

    /** {@code answer} with when to come again (RFC 9110, 10.2.3), if that is known of what was {@code refused}. */
    static HttpAnswer withRetry(HttpAnswer answer, Answer<?> refused) {
        return refused.retryMs() == 0
                ? answer
                : answer.with("retry-after", Long.toString((refused.retryMs() + 999) / 1000));
    }

    /** The same, about one {@code partition} of several. */
    static HttpAnswer of(Answer<?> refused, int partition) {
        int status = status(refused.error());
        return HttpAnswer.problem(status, title(status), refused.message(), json -> {
            json.writeStringField("error", refused.error().name());
            json.writeNumberField("partition", partition);
        });
    }

    /** The status of an error. */
    static int status(Errors error) {
        return switch (error) {
            case INVALID_TOPIC_EXCEPTION,
                    INVALID_PARTITIONS,
                    INVALID_REPLICATION_FACTOR,
                    INVALID_REPLICA_ASSIGNMENT,
                    INVALID_CONFIG,
                    INVALID_REQUEST,
                    INVALID_GROUP_ID,
                    INVALID_RECORD,
                    INVALID_TIMESTAMP,
                    POLICY_VIOLATION -> 400;
            case TOPIC_AUTHORIZATION_FAILED,
                    GROUP_AUTHORIZATION_FAILED,
                    CLUSTER_AUTHORIZATION_FAILED,
                    TRANSACTIONAL_ID_AUTHORIZATION_FAILED -> 403;
            case UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    OFFSET_OUT_OF_RANGE,
                    GROUP_ID_NOT_FOUND,
                    RESOURCE_NOT_FOUND -> 404;
            case TOPIC_ALREADY_EXISTS, NON_EMPTY_GROUP -> 409;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> 413;
            case OUT_OF_ORDER_SEQUENCE_NUMBER -> 422;
            case THROTTLING_QUOTA_EXCEEDED -> 429;
            case UNKNOWN_SERVER_ERROR, CORRUPT_MESSAGE -> 500;
            case UNSUPPORTED_VERSION -> 501;
            default -> 503;
        };
    }

    /** What kind of problem a status is. */
    static String title(int status) {
        return switch (status) {
            case 400 -> "Bad request";
            case 403 -> "Forbidden";
            case 404 -> "Not found";
            case 409 -> "Conflict";
            case 413 -> "Too large";
            case 422 -> "Key used before";
            case 429 -> "Too many requests";
            case 500 -> "Defect";
            case 501 -> "Not possible here";
            default -> "Not available now";
        };
    }
}
