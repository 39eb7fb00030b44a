package dwal.server.network;

import dwal.protocol.RequestTimes;

/**
 * A request that was answered at a door other than Kafka's, and when it was where, in nanoseconds of the node's clock.
 *
 * @param clientAddress of whom it came
 * @param arrivedNanos when its last byte had come
 * @param decodedNanos when the node began to do what it asks
 * @param doneNanos when its answer was ready
 * @param times how it went in the log; nothing in it if that is unknown
 */
public record DoorRequest(
        String clientAddress,
        long requestBytes,
        long responseBytes,
        long arrivedNanos,
        long decodedNanos,
        long doneNanos,
        RequestTimes times) {

    /** How long it took until {@code nowNanos}, when its client had the answer. */
    long tookNanos(long nowNanos) {
        return nowNanos - arrivedNanos - times.wantedWaitNanos(doneNanos - decodedNanos);
    }
}
