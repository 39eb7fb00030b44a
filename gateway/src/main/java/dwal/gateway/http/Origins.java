package dwal.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of strangers, which a browser on this machine may run, from the log: requests that say they come from a page of
 * another origin are refused, and on the loopback address those to a name that is not this machine's (DNS rebinding). Other clients
 * send no Origin. No state.
 *
 * @param loopback whether the connection is to the loopback address
 */
record Origins(boolean loopback) {

    /** Why a request with {@code headers} is refused; null if it is not. */
    @Nullable
    String whyRefused(HttpHeaders headers) {
        String host = headers.get(HttpHeaderNames.HOST, "");
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
            return "Pages of another origin may not speak to this node";
        }
        return loopback && !host.isEmpty() && !isThisMachine(host)
                ? "At its loopback address this node is not known under that name: use localhost"
                : null;
    }

    private static boolean isThisMachine(String host) {
        int colon = host.lastIndexOf(':');
        String name = (colon > host.lastIndexOf(']') ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.startsWith("[")
                || name.matches("[0-9.]+");
    }
}
