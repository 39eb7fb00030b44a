package dwal.server.controller;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, of topics that are to be compacted, which nothing here does yet: a few lines in any while. They are made
 * nevertheless, since Kafka Streams and Connect ask for them. Not of {@code __consumer_offsets}, which nobody asked for. Any
 * thread.
 */
final class CompactedTopics {
    private static final Logger LOG = LoggerFactory.getLogger(CompactedTopics.class);

    private final LogLimit limit;

    CompactedTopics(Clock clock) {
        this.limit = new LogLimit(clock);
    }

    /** Takes note of the topics that were created, as {@code answer} describes them. */
    void note(CreateTopicsResponseData answer) {
        for (CreatableTopicResult topic : answer.topics()) {
            if (topic.errorCode() == Errors.NONE.code() && !Topic.isInternal(topic.name()) && isCompacted(topic)) {
                tell(topic.name());
            }
        }
    }

    private static boolean isCompacted(CreatableTopicResult topic) {
        return topic.configs() != null && topic.configs().stream().anyMatch(CompactedTopics::saysCompact);
    }

    private static boolean saysCompact(CreatableTopicConfigs setting) {
        return setting.name().equals(TopicConfig.CLEANUP_POLICY_CONFIG)
                && setting.value() != null
                && setting.value().contains(TopicConfig.CLEANUP_POLICY_COMPACT);
    }

    private void tell(String topic) {
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            LOG.warn(
                    "Topic {} has cleanup.policy=compact, but dwal does not compact yet: it keeps all its records,"
                            + " unless the policy is compact,delete and its retention deletes them{}",
                    topic,
                    unsaidNote);
        }
    }
}
