package dwal.gateway.log;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * In whose name a door asks.
 *
 * @param principal who he has proven to be
 * @param address where he is
 */
public record Caller(KafkaPrincipal principal, InetAddress address) {
    /** The node itself, or who is not known: somebody anonymous on this machine. */
    public static final Caller NOBODY = new Caller(KafkaPrincipal.ANONYMOUS, InetAddress.getLoopbackAddress());

    /** Whoever has connected from {@code peer}. */
    public static Caller at(@Nullable SocketAddress peer) {
        return peer instanceof InetSocketAddress known && known.getAddress() != null
                ? new Caller(KafkaPrincipal.ANONYMOUS, known.getAddress())
                : NOBODY;
    }
}
