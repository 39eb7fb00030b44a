package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dwal.gateway.OpenNode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What gRPC's own services say about a node. */
class HealthTest {
    /** Gathers a stream. */
    private static final class Gathered<T> implements StreamObserver<T> {
        final List<T> all = new CopyOnWriteArrayList<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void onNext(T message) {
            all.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            end.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }
    }

    private static HealthCheckRequest of(String service) {
        return HealthCheckRequest.newBuilder().setService(service).build();
    }

    @Test
    void healthFollowsReadiness(@TempDir Path data) throws Exception {
        var node = OpenNode.alone(data, Map.of());
        try (var client = new GrpcClient(node)) {
            var health = HealthGrpc.newBlockingStub(client.channel());
            for (String service : List.of("", "log.Log", "dwal.v1.Log")) {
                assertThat(health.check(of(service)).getStatus()).isEqualTo(ServingStatus.SERVING);
            }
            assertThatThrownBy(() -> health.check(of("other")).getStatus())
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
            var watched = new Gathered<HealthCheckResponse>();
            HealthGrpc.newStub(client.channel()).watch(of("dwal.v1.Log"), watched);
            OpenNode.await("the status is told", () -> watched.all.size() == 1);

            node.close();

            assertThat(watched.end.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(watched.all)
                    .extracting(HealthCheckResponse::getStatus)
                    .containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING);
        }
    }

    @Test
    void reflectionTellsServicesAndTheirMessages(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of());
                var client = new GrpcClient(node)) {
            var answers = new Gathered<ServerReflectionResponse>();
            var asking = ServerReflectionGrpc.newStub(client.channel()).serverReflectionInfo(answers);
            asking.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("").build());
            asking.onNext(ServerReflectionRequest.newBuilder()
                    .setFileContainingSymbol("dwal.v1.Log")
                    .build());
            asking.onNext(ServerReflectionRequest.newBuilder()
                    .setFileContainingSymbol("log.Log")
                    .build());
            asking.onCompleted();
            assertThat(answers.end.get(20, TimeUnit.SECONDS).isOk()).isTrue();

            assertThat(answers.all.get(0).getListServicesResponse().getServiceList())
                    .extracting(ServiceResponse::getName)
                    .containsExactlyInAnyOrder(
                            "log.Log",
                            "dwal.v1.Log",
                            "grpc.health.v1.Health",
                            "grpc.reflection.v1.ServerReflection",
                            "grpc.reflection.v1alpha.ServerReflection");
            var file = FileDescriptorProto.parseFrom(
                    answers.all.get(1).getFileDescriptorResponse().getFileDescriptorProto(0));
            assertThat(file.getService(0).getMethodList())
                    .extracting(method -> method.getName())
                    .containsExactly("Produce", "ProduceStream", "Consume", "ConsumeStream");
            assertThat(answers.all.get(2).getFileDescriptorResponse().getFileDescriptorProtoCount())
                    .isEqualTo(1);
        }
    }
}
