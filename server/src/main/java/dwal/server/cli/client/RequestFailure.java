package dwal.server.cli.client;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** What was asked for could not be done; the message says why, and what to do. */
final class RequestFailure extends KafkaException {
    private static final long serialVersionUID = 1;

    RequestFailure(String message) {
        super(message);
    }

    private RequestFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /** The answer that {@code future} gives; {@code what} it is about begins the message of a failure. */
    static <T> T orAnswer(@Nullable KafkaFuture<T> future, String what) {
        if (future == null) {
            throw new AssertionError(what + " was asked for, and no answer is expected");
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw of(what, e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** Why something about {@code what} has failed. */
    static RequestFailure of(String what, Throwable failure) {
        Throwable cause = cause(failure);
        return new RequestFailure(what + ": " + reason(cause), cause);
    }

    /** What the client means by {@code failure}. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String reason(Throwable cause) {
        if (cause instanceof UnknownTopicOrPartitionException || cause instanceof UnknownTopicIdException) {
            return "there is no such topic; 'bin/dwal topics list' tells which there are";
        } else if (cause instanceof TopicExistsException) {
            return "there is one already; --if-not-exists takes it for success";
        } else if (cause instanceof GroupIdNotFoundException) {
            return "there is no such group; 'bin/dwal groups list' tells which there are";
        } else if (cause instanceof RecordTooLargeException) {
            return message(cause)
                    + "; what the topic takes is its max.message.bytes ('bin/dwal topics alter'), what this client"
                    + " sends max.request.size (-X)";
        } else if (cause instanceof TimeoutException) {
            return message(cause) + "; 'bin/dwal doctor' looks for the reason";
        } else if (cause instanceof AuthenticationException) {
            return message(cause) + "; security.protocol, sasl.* and ssl.* belong into --config FILE";
        } else if (cause instanceof AuthorizationException) {
            return message(cause) + "; whoever administers the cluster can allow it";
        } else if (cause instanceof UnsupportedVersionException) {
            return message(cause) + " (the broker does not have this)";
        }
        return message(cause);
    }

    private static String message(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message.replaceAll("\\.$", "");
    }
}
