package dwal.server.controller;

import dwal.protocol.RequestContext;
import java.net.InetAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A client of another node, whose request came over the connection of that node. Any thread.
 *
 * @param node the connection of the node
 * @param principal who the client is, as the node says
 * @param address where the client is, as the node says
 */
record ForwardedConnection(RequestContext.Connection node, KafkaPrincipal principal, InetAddress address)
        implements RequestContext.Connection {

    @Override
    public String id() {
        return node.id();
    }

    @Override
    public String listener() {
        return node.listener();
    }

    @Override
    public SecurityProtocol securityProtocol() {
        return node.securityProtocol();
    }

    @Override
    public int localPort() {
        return node.localPort();
    }

    @Override
    public String clientSoftwareName() {
        return node.clientSoftwareName();
    }

    @Override
    public String clientSoftwareVersion() {
        return node.clientSoftwareVersion();
    }

    @Override
    public ScheduledExecutorService loop() {
        return node.loop();
    }

    @Override
    public void onClose(Runnable task) {
        node.onClose(task);
    }
}
