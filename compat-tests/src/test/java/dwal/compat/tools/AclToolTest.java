package dwal.compat.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.compat.clients.Clients;
import dwal.compat.server.Server;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Kafka's own tool writes ACLs, shows them and takes them away, and Java's clients feel that at once. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AclToolTest {
    private static final Map<String, String> SETTINGS = Map.of(
            "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found", "true");

    @Test
    void kafkaAclsAddsListsAndRemoves() throws Exception {
        try (Server server = Server.ofTarget(SETTINGS).start();
                Tools tools = new Tools()) {
            String topic = new Clients(server).topic("acl", 1);
            assertThat(acls(
                            tools,
                            server,
                            "--add",
                            "--allow-principal",
                            "User:ANONYMOUS",
                            "--allow-host",
                            "192.0.2.7",
                            "--operation",
                            "All",
                            "--topic",
                            topic))
                    .contains("Adding ACLs for resource", topic);
            assertThat(acls(tools, server, "--list", "--topic", topic))
                    .contains("principal=User:ANONYMOUS, host=192.0.2.7, operation=ALL, permissionType=ALLOW");
            assertThatThrownBy(() -> send(server, topic)).hasCauseInstanceOf(TopicAuthorizationException.class);

            acls(
                    tools,
                    server,
                    "--add",
                    "--allow-principal",
                    "User:ANONYMOUS",
                    "--allow-host",
                    "127.0.0.1",
                    "--producer",
                    "--topic",
                    topic.substring(0, 5),
                    "--resource-pattern-type",
                    "prefixed");
            assertThat(send(server, topic)).as("by its beginning").isZero();

            assertThat(acls(tools, server, "--remove", "--force", "--topic", topic))
                    .doesNotContain("host=192.0.2.7");
            assertThat(acls(tools, server, "--list"))
                    .contains("patternType=PREFIXED")
                    .doesNotContain("192.0.2.7");
        }
    }

    private static String acls(Tools tools, Server server, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", server.bootstrap()));
        all.addAll(List.of(options));
        return tools.run("AclCommand", all.toArray(String[]::new));
    }

    private static long send(Server server, String topic) throws ExecutionException, InterruptedException {
        try (var producer = new Clients(server).producer(Map.of())) {
            return producer.send(new ProducerRecord<>(topic, "value")).get().offset();
        }
    }
}
