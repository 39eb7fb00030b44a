package dwal.protocol;

import java.net.InetAddress;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

/** Who asks, in the shape that Kafka's authorizer and coordinators take; any thread. */
public record Asker(RequestContext context) implements AuthorizableRequestContext {

    @Override
    public String listenerName() {
        return context.connection().listener();
    }

    @Override
    public SecurityProtocol securityProtocol() {
        return context.connection().securityProtocol();
    }

    @Override
    public KafkaPrincipal principal() {
        return context.connection().principal();
    }

    @Override
    public InetAddress clientAddress() {
        return context.connection().address();
    }

    @Override
    public int requestType() {
        return context.apiKey().id;
    }

    @Override
    public int requestVersion() {
        return context.apiVersion();
    }

    @Override
    public String clientId() {
        return context.clientId();
    }

    @Override
    public int correlationId() {
        return context.correlationId();
    }
}
