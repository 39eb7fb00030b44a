package dwal.replication;

import dwal.log.LogSettings;
import org.apache.kafka.common.internals.Topic;

/** What somebody can do about a damaged log that no other replica can replace. No state. */
final class DamageAdvice {
    private DamageAdvice() {}

    /** A sentence, without its full stop, about a log of {@code topic}, which is configured as {@code settings} say. */
    static String of(String topic, LogSettings settings) {
        String restore = "Restore the file from a backup";
        if (Topic.isInternal(topic)) {
            return restore; // nobody may delete records there
        }
        String giveUp = restore + ", or give up what lies there and before with kafka-delete-records";
        return settings.deletes()
                ? giveUp
                : giveUp
                        + ", which the topic must allow for that time: set cleanup.policy=compact,delete with"
                        + " retention.ms=-1 and retention.bytes=-1, so that nothing else is deleted";
    }
}
