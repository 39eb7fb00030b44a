package dwal.protocol;

import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * A line to another node: requests are answered in their order. It connects with a request when it is not connected, so a
 * request after a failure is a new attempt; pauses between attempts are the caller's. Any thread.
 */
public interface Peer extends AutoCloseable {

    /**
     * What became of a request.
     *
     * @param body the answer, or null with a failure; records in it are good until {@link #release}
     * @param failure why there is no answer, for people; null with one
     */
    record Answer(@Nullable ApiMessage body, @Nullable String failure, Runnable releaser) {

        /** There is none, since {@code why}. */
        public static Answer failed(String why) {
            return new Answer(null, why, () -> {});
        }

        /** Lets go of the bytes; exactly once. */
        public void release() {
            releaser.run();
        }
    }

    /**
     * Sends {@code request} in the newest version that both sides know.
     *
     * @param timeoutMs after so long without an answer the line is cut
     * @param done called once, on any thread, maybe within this call; must be short
     */
    void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done);

    /** Cuts the line; a later request makes a new one. Requests under way fail. */
    @Override
    void close();
}
