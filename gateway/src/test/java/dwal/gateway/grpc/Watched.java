package dwal.gateway.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/** What became of a stream: how many answers came, the last of them, and its end. */
public final class Watched {
    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong last = new AtomicLong(-1);
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    /** How many answers have come. */
    public long seen() {
        return seen.get();
    }

    /** The offset of the last answer. */
    public long last() {
        return last.get();
    }

    /** With which status it ended. */
    public CompletableFuture<Status> end() {
        return end;
    }

    <T> StreamObserver<T> observer(ToLongFunction<T> offset) {
        return new StreamObserver<>() {
            @Override
            public void onNext(T answer) {
                last.set(offset.applyAsLong(answer));
                seen.incrementAndGet();
            }

            @Override
            public void onError(Throwable failure) {
                end.complete(Status.fromThrowable(failure));
            }

            @Override
            public void onCompleted() {
                end.complete(Status.OK);
            }
        };
    }
}
