package dwal.server.handler;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import dwal.protocol.RequestContext;
import java.util.Collection;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, which topics were not created though somebody asked for them: a few lines in any while, however many are
 * asked for. Any thread.
 */
final class UncreatedTopics {
    private static final Logger LOG = LoggerFactory.getLogger("dwal.refused");
    /** Who asks for the topics of coordinators. */
    static final String THIS_NODE = "this node";

    private final LogLimit limit;

    UncreatedTopics(Clock clock) {
        this.limit = new LogLimit(clock);
    }

    /** Who asks in {@code context}. */
    static String asker(RequestContext context) {
        return "%s on listener %s (connection %s)"
                .formatted(
                        context.connection().address().getHostAddress(),
                        context.connection().listener(),
                        context.connection().id());
    }

    /** What the controller said of one topic that {@code asker} asked for. */
    void note(String asker, CreatableTopicResult topic) {
        Errors error = Errors.forCode(topic.errorCode());
        if (error == Errors.NONE || error == Errors.TOPIC_ALREADY_EXISTS) {
            return;
        }
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            LOG.warn(
                    "Topic {}, which {} asked for, was not created: {} ({}){}",
                    topic.name(),
                    asker,
                    topic.errorMessage(),
                    error,
                    unsaidNote);
        }
    }

    /** The controller has not answered, so that perhaps none of {@code names} is there. */
    void noteFailure(String asker, Collection<String> names, Throwable failure) {
        String unsaidNote = limit.admit();
        if (unsaidNote == null) {
            return;
        }
        String first = names.iterator().next();
        String which = names.size() == 1 ? "Topic " + first : "Topic " + first + " and " + (names.size() - 1) + " more";
        if (failure instanceof CompletionException && failure.getCause() instanceof ApiException known) {
            LOG.warn("{} that {} asked for could not be created: {}{}", which, asker, known.getMessage(), unsaidNote);
        } else {
            LOG.warn("{} that {} asked for could not be created{}", which, asker, unsaidNote, failure);
        }
    }
}
