package dwal.gateway.log;

import dwal.protocol.SocketlessConnection;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * A door asks in the name of somebody. It is there for one request, and remembers why that was refused. Any thread.
 */
final class DoorConnection implements SocketlessConnection {
    private static final Set<Errors> DENIED = Set.of(
            Errors.TOPIC_AUTHORIZATION_FAILED,
            Errors.GROUP_AUTHORIZATION_FAILED,
            Errors.CLUSTER_AUTHORIZATION_FAILED,
            Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);

    private final Caller caller;
    private final String listener;
    private final ScheduledExecutorService loop;
    private volatile @Nullable String missing;

    DoorConnection(Caller caller, String listener, ScheduledExecutorService loop) {
        this.caller = caller;
        this.listener = listener;
        this.loop = loop;
    }

    @Override
    public void denied(AclOperation operation, ResourcePattern resource) {
        missing = operation + " on " + resource.resourceType().name().toLowerCase(Locale.ROOT) + " " + resource.name();
    }

    /** {@code answer}; if it says that something was denied, with what was. */
    <T> Answer<T> explain(Answer<T> answer) {
        if (!DENIED.contains(answer.error())) {
            return answer;
        }
        String what = missing;
        return Answer.refused(
                answer.error(),
                caller.principal() + " from " + caller.address().getHostAddress() + " is not allowed "
                        + (what == null ? "to do that" : what));
    }

    @Override
    public String id() {
        return "gateway";
    }

    @Override
    public String listener() {
        return listener;
    }

    @Override
    public InetAddress address() {
        return caller.address();
    }

    @Override
    public KafkaPrincipal principal() {
        return caller.principal();
    }

    @Override
    public ScheduledExecutorService loop() {
        return loop;
    }
}
