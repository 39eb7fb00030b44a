package dwal.server.fetch;

import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestContext.Asked;
import dwal.protocol.RequestObjects;
import dwal.protocol.RequestTimes;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Fetch requests of tests, and what comes with them over a connection. */
final class FetchRequests {
    private static final short VERSION = 17;

    private FetchRequests() {}

    /** The request of this epoch in a session, which names nothing. */
    static FetchRequestData next(int session, int epoch, int maxWaitMs) {
        return new FetchRequestData()
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setMinBytes(1)
                .setMaxWaitMs(maxWaitMs)
                .setMaxBytes(1 << 20);
    }

    /** Of a connection of {@code loop}; {@code departures} is given what is to run when the client goes. */
    static RequestContext over(ScheduledExecutorService loop, Consumer<Runnable> departures) {
        return new RequestContext(
                ApiKeys.FETCH,
                VERSION,
                1,
                "test",
                new LoopbackConnection("test", "PLAINTEXT", loop),
                new RequestTimes(),
                new Asked() {
                    @Override
                    public int bytes() {
                        return 100;
                    }

                    @Override
                    public RequestObjects.Share objects() {
                        return RequestObjects.unbounded();
                    }

                    @Override
                    public void whenGone(Runnable task) {
                        departures.accept(task);
                    }
                });
    }
}
