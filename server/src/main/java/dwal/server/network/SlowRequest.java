package dwal.server.network;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that took long, and why.
 *
 * @param timeMs when it had come, by the wall clock
 * @param topic where its records were appended, of several the one that was ready last; null if there is none
 * @param bytes of the request and of its answer
 * @param totalMs from when it had come until its answer was given to the socket, without waits that its client wanted, and with the
 *     pause that a quota has made it make after that
 * @param stages where that time went, in order; what took none is left out
 * @param waitedFor the follower that stored its records last, if that took time
 * @param cause one sentence
 */
public record SlowRequest(
        long timeMs,
        String api,
        short version,
        String clientId,
        String clientAddress,
        @Nullable String topic,
        int partition,
        long bytes,
        double totalMs,
        List<Stage> stages,
        List<Integer> waitedFor,
        String cause) {

    /** A part of the time. */
    public record Stage(String name, double ms) {}
}
