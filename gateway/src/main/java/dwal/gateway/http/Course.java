package dwal.gateway.http;

import dwal.environment.Clock;
import dwal.gateway.log.Caller;
import dwal.protocol.RequestTimes;
import dwal.server.network.DoorMetrics.OfOperation;
import dwal.server.network.DoorRequest;
import java.util.function.Function;

/** One request on its way: what it asks, and when it was where. Owned by the connection's network loop. */
final class Course {
    /** What is at no path, or is not HTTP. */
    private static final String OTHER = "other";

    private static final int LEAST_ERROR = 400;

    private final Clock clock;
    private final Function<String, OfOperation> counts;
    private final Caller caller;
    private final long requestBytes;
    private final RequestTimes times = new RequestTimes();
    private final long arrivedNanos;
    private String operation = OTHER;
    private long decodedNanos;
    private long doneNanos;

    /** A request that has come now, from {@code caller}, with a body of so many bytes. */
    Course(Clock clock, Function<String, OfOperation> counts, Caller caller, long requestBytes) {
        this.clock = clock;
        this.counts = counts;
        this.caller = caller;
        this.requestBytes = requestBytes;
        this.arrivedNanos = clock.nanoTime();
        this.decodedNanos = arrivedNanos;
        this.doneNanos = arrivedNanos;
    }

    Caller caller() {
        return caller;
    }

    /** Where it is noted how it goes in the log. */
    RequestTimes times() {
        return times;
    }

    /** It is one of these: one for each route. */
    void asks(String route) {
        operation = route;
    }

    /** It is known what it asks, as far as it has been read: of a body last, and before anything is done about it. */
    void decoded() {
        decodedNanos = clock.nanoTime();
    }

    /** Its answer was ready at {@code nanos}. */
    void done(long nanos) {
        doneNanos = nanos;
    }

    /** The client has the answer, or is gone. */
    void sent(HttpAnswer answer) {
        OfOperation asked = counts.apply(operation);
        asked.answered(new DoorRequest(
                caller.address().getHostAddress(),
                requestBytes,
                answer.body().length,
                arrivedNanos,
                decodedNanos,
                doneNanos,
                times));
        if (answer.status() >= LEAST_ERROR) {
            asked.error(Integer.toString(answer.status()));
        }
    }

    /** The head of an answer that goes on is on its way. */
    void streamBegins() {
        counts.apply(operation).streamBegins();
    }

    /** The answer has ended after so many bytes. */
    void streamEnds(long bytes) {
        counts.apply(operation).streamed(requestBytes, bytes);
    }
}
