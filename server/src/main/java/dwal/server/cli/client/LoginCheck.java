package dwal.server.cli.client;

import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.jspecify.annotations.Nullable;

/** Whether the cluster lets this client in, and the client the cluster: TLS and SASL as they are done in earnest. One thread. */
final class LoginCheck {
    private final Admin admin;
    private final String where;
    private Collection<Node> nodes = List.of();

    LoginCheck(Admin admin, String where) {
        this.admin = admin;
        this.where = where;
    }

    /** The nodes of the cluster, if it lets this client in. */
    Collection<Node> nodes() {
        return nodes;
    }

    /** Why this client does not get in; null if it does. */
    @Nullable
    Finding refusal() {
        try {
            nodes = RequestFailure.orAnswer(admin.describeCluster().nodes(), "Cluster");
            return null;
        } catch (RequestFailure e) {
            Throwable cause = e.getCause();
            if (cause instanceof SslAuthenticationException) {
                return ofTls(deepest(cause));
            } else if (cause instanceof AuthenticationException) {
                return Finding.problem(
                        "sasl",
                        where + " does not let this client in: " + sentence(cause.getMessage()),
                        "sasl.jaas.config in --config: the name and password that the broker knows");
            }
            return Finding.problem(
                    "cluster",
                    "A client that was sent to " + where + " gets no answer: " + sentence(e.getMessage()),
                    "see the log of the node");
        }
    }

    private Finding ofTls(String reason) {
        String change = reason.contains("certification path") || reason.contains("trust")
                ? "ssl.truststore.location in --config: with the certificate, or that of who has signed it"
                : reason.contains("subject alternative") || reason.contains("No name matching")
                        ? "the address that is asked: one that the certificate (ssl.keystore.location of the broker) names"
                        : "ssl.keystore.location in --config if the broker wants a certificate; ssl.enabled.protocols if"
                                + " it speaks another version";
        return Finding.problem("tls", where + " and this client do not trust each other: " + sentence(reason), change);
    }

    private static String deepest(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static String sentence(@Nullable String text) {
        return String.valueOf(text).replaceAll("\\.$", "") + ".";
    }
}
