package dwal.gateway;

import dwal.gateway.grpc.GrpcDoor;
import dwal.gateway.http.HttpDoor;
import dwal.gateway.log.Pauses;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP and gRPC for one node. Built, started and closed by it. */
public final class Gateway implements Doors {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final DoorSettings settings;
    private final @Nullable HttpDoor http;
    private final @Nullable GrpcDoor grpc;

    /** The doors of {@code node} that {@code settings} name; nothing is bound before {@link #start}. */
    public Gateway(DoorSettings settings, Inside node) {
        this.settings = settings;
        Pauses.OfDoors pauses = Pauses.OfDoors.none(node.clock());
        http = settings.http() == null ? null : new HttpDoor(settings, node, pauses);
        grpc = settings.grpc() == null ? null : new GrpcDoor(settings, node, pauses);
    }

    @Override
    public void start() {
        try {
            if (http != null) {
                orWithout(http::start, settings.httpWanted(), "HTTP", "http");
            }
            if (grpc != null) {
                orWithout(grpc::start, settings.grpcWanted(), "gRPC", "grpc");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Nobody who only wants Kafka is stopped by a stranger on a port that he has not heard of. */
    private static void orWithout(Runnable start, boolean wanted, String protocol, String name) {
        try {
            start.run();
        } catch (RuntimeException e) {
            if (wanted) {
                throw e;
            }
            LOG.warn(
                    "{} The node goes on without {}: set dwal.{}.listener to another place, or to off",
                    e.getMessage(),
                    protocol,
                    name);
        }
    }

    /** What can be asked over HTTP, as METHOD PATTERN. */
    List<String> httpRoutes() {
        return http == null ? List.of() : http.routes();
    }

    @Override
    public Optional<String> http() {
        return http == null ? Optional.empty() : http.address();
    }

    @Override
    public Optional<String> grpc() {
        return grpc == null ? Optional.empty() : grpc.address();
    }

    @Override
    public void close() {
        if (http != null) {
            http.close();
        }
        if (grpc != null) {
            grpc.close();
        }
    }
}
