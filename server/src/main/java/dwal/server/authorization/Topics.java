package dwal.server.authorization;

import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.jspecify.annotations.Nullable;

/**
 * The names of topics, which ACLs are about, where requests have ids. Any thread.
 *
 * @param image what the cluster looks like now
 */
record Topics(Supplier<MetadataImage> image) {

    /** The name of the topic that a request calls {@code id} or, if that is zero, {@code name}; null for an id that is unknown. */
    @Nullable
    String name(Uuid id, @Nullable String name) {
        if (Uuid.ZERO_UUID.equals(id)) {
            return name;
        }
        TopicImage topic = image.get().topics().getTopic(id);
        return topic == null ? null : topic.name();
    }

    boolean exists(String name) {
        return image.get().topics().getTopic(name) != null;
    }
}
