package dwal.gateway.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The service {@code grpc.health.v1.Health}: all services, and the node as a whole (the empty name), serve while the node is ready.
 * Any thread; whoever watches has it looked at now and then on a network loop.
 */
final class HealthService extends HealthGrpc.HealthImplBase {
    private static final int LOOK_MS = 250;
    private static final Set<String> NAMES = Set.of("", LogService.NAME, TopicLogService.NAME);

    private final BooleanSupplier ready;
    private final OpenStreams streams;
    private final ScheduledExecutorService loops;

    HealthService(BooleanSupplier ready, OpenStreams streams, ScheduledExecutorService loops) {
        this.ready = ready;
        this.streams = streams;
        this.loops = loops;
    }

    private ServingStatus status(String name) {
        if (!NAMES.contains(name)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        return ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> out) {
        ServingStatus status = status(request.getService());
        if (status == ServingStatus.SERVICE_UNKNOWN) {
            out.onError(Status.NOT_FOUND
                    .withDescription("There is no such service here")
                    .asRuntimeException());
            return;
        }
        out.onNext(response(status));
        out.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> out) {
        new Watch(request.getService(), (ServerCallStreamObserver<HealthCheckResponse>) out).begin();
    }

    /** One who is told what changes. Its monitor guards it. */
    private final class Watch implements OpenStreams.Stream {
        private final String name;
        private final ServerCallStreamObserver<HealthCheckResponse> out;
        private @Nullable ServingStatus told;
        private boolean ended;

        Watch(String name, ServerCallStreamObserver<HealthCheckResponse> out) {
            this.name = name;
            this.out = out;
        }

        void begin() {
            out.setOnCancelHandler(this::end);
            StatusRuntimeException full = streams.full();
            if (full != null) {
                out.onError(full);
                return;
            }
            streams.add(this);
            look();
        }

        private synchronized void look() {
            if (ended) {
                return;
            }
            tell();
            try {
                var unused = loops.schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The node has stopped.
            }
        }

        private void tell() {
            ServingStatus now = status(name);
            if (now != told && out.isReady()) {
                told = now;
                out.onNext(response(now));
            }
        }

        @Override
        public synchronized void stop() {
            if (!ended) {
                tell();
                end();
                out.onError(OpenStreams.stopping());
            }
        }

        private synchronized void end() {
            ended = true;
            streams.remove(this);
        }
    }
}
