package dwal.gateway.grpc;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** What services are made of that are written by hand. No state. */
final class Methods {
    private Methods() {}

    static <Q extends Message, A extends Message> MethodDescriptor<Q, A> of(
            String service, String name, MethodType type, Q request, A answer) {
        return MethodDescriptor.<Q, A>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(answer))
                .build();
    }

    /** @param file the one that defines the service: loaded when somebody asks for it by reflection, and not before */
    static ServiceDescriptor service(String name, ProtoFileDescriptorSupplier file, MethodDescriptor<?, ?>... methods) {
        var service = ServiceDescriptor.newBuilder(name).setSchemaDescriptor(file);
        for (var method : methods) {
            service.addMethod(method);
        }
        return service.build();
    }

    /** A client that has gone is no failure of ours: what comes too late for him is dropped. */
    static void letCancel(StreamObserver<?> out) {
        ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> {});
    }
}
