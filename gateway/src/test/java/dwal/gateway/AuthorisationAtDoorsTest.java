package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.FreePorts;
import dwal.gateway.grpc.GrpcClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ACLs hold at the doors as they do for Kafka's clients, and who is refused is told what he would have needed. */
class AuthorisationAtDoorsTest {
    private static final String RECORD = "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}";
    private static final String ELSEWHERE = "192.0.2.7";

    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        node = OpenNode.alone(
                data,
                Map.of(
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "allow.everyone.if.no.acl.found",
                        "true"));
        client = new GrpcClient(node);
        admin = Admin.create(Map.of("bootstrap.servers", node.kafka()));
        assertThat(node.http("POST", "/", RECORD).statusCode())
                .as("no ACL is about it")
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        admin.close();
        client.close();
        node.close();
    }

    @AfterEach
    void takeAwayAllAcls() throws Exception {
        admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get();
    }

    @Test
    void theLogIsReadAndWrittenByThoseWhoMay() throws Exception {
        only(ResourceType.TOPIC, "log", AclOperation.READ);
        HttpResponse<String> written = node.http("POST", "/", RECORD);
        assertForbidden(written, "TOPIC_AUTHORIZATION_FAILED", "WRITE on topic log");
        assertThat(node.http("GET", "/?offset=0", "").statusCode()).isEqualTo(200);
        assertDenied(() -> client.produce(new byte[10]));
        assertThat(client.streamed(0, 1)).hasSize(1);

        takeAwayAllAcls();
        only(ResourceType.TOPIC, "log", AclOperation.WRITE);
        assertThat(node.http("POST", "/", RECORD).statusCode()).isEqualTo(200);
        assertForbidden(node.http("GET", "/?offset=0", ""), "TOPIC_AUTHORIZATION_FAILED", "READ on topic log");
        assertDenied(() -> client.streamed(0, 1));
    }

    @Test
    void aTopicThatMayNotBeSeenIsNotToldFromOneThatIsNotThere() throws Exception {
        allow(ResourceType.TOPIC, "log", AclOperation.ALL, ELSEWHERE);
        allow(ResourceType.TOPIC, "absent", AclOperation.ALL, ELSEWHERE);
        for (String topic : List.of("log", "absent")) {
            for (String path : List.of(
                    "/topics/" + topic,
                    "/topics/" + topic + "/partitions/0/records",
                    "/topics/" + topic + "/partitions/0/stream",
                    "/topics/" + topic + "/stream")) {
                assertForbidden(node.http("GET", path, ""), "TOPIC_AUTHORIZATION_FAILED", "DESCRIBE on topic " + topic);
            }
            assertForbidden(
                    node.http("POST", "/topics/" + topic + "/records", "{\"value\": {\"string\": \"v\"}}"),
                    "TOPIC_AUTHORIZATION_FAILED",
                    "on topic " + topic);
        }
        assertThat(node.http("GET", "/topics", "").body()).doesNotContain("\"log\"");
        assertThat(node.http("GET", "/cluster", "").body()).contains("\"topics\":0");
    }

    @Test
    void topicsGroupsAndTheClusterAreForThoseWhoMay() throws Exception {
        // To write ACLs, and no more than that.
        only(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER);
        only(ResourceType.TOPIC, "log", AclOperation.DESCRIBE);
        assertForbidden(node.http("DELETE", "/topics/log", ""), "TOPIC_AUTHORIZATION_FAILED", "DELETE on topic log");
        assertForbidden(
                node.http("GET", "/topics/log/configs", ""),
                "TOPIC_AUTHORIZATION_FAILED",
                "DESCRIBE_CONFIGS on topic log");
        assertForbidden(
                node.http("PATCH", "/topics/log/configs", "{\"configs\": {\"retention.ms\": \"1000\"}}"),
                "TOPIC_AUTHORIZATION_FAILED",
                "ALTER_CONFIGS on topic log");
        allow(ResourceType.GROUP, "readers", AclOperation.ALL, ELSEWHERE);
        assertForbidden(
                node.http("GET", "/groups/readers", ""), "GROUP_AUTHORIZATION_FAILED", "DESCRIBE on group readers");
        assertForbidden(
                node.http("GET", "/brokers/" + node.id() + "/configs", ""),
                "CLUSTER_AUTHORIZATION_FAILED",
                "DESCRIBE_CONFIGS on cluster kafka-cluster");
        allow(ResourceType.TOPIC, "new", AclOperation.DESCRIBE, "127.0.0.1");
        assertForbidden(
                node.http("POST", "/topics", "{\"name\": \"new\"}"),
                "TOPIC_AUTHORIZATION_FAILED",
                "CREATE on topic new");
        assertThat(node.http("GET", "/metrics", "").statusCode())
                .as("ALTER is enough to DESCRIBE")
                .isEqualTo(200);
        deny(AclOperation.DESCRIBE);
        for (String path : List.of("/metrics", "/debug/slow", "/debug/ghosts")) {
            assertForbidden(
                    node.http("GET", path, ""), "CLUSTER_AUTHORIZATION_FAILED", "DESCRIBE on cluster kafka-cluster");
        }
        assertThat(node.http("GET", "/health/ready", "").statusCode()).isEqualTo(200);
        assertThat(node.http("GET", "/ui/", "").statusCode()).isEqualTo(200);
    }

    @Test
    void aNodeThatDoesNotLeadDecidesAsWell(@TempDir Path two) throws Exception {
        int controller = FreePorts.next();
        try (OpenNode leader = OpenNode.with(member(two, 1, "broker,controller", controller));
                OpenNode other = OpenNode.with(member(two, 2, "broker", controller));
                Admin client = Admin.create(Map.of("bootstrap.servers", leader.kafka()))) {
            client.createTopics(List.of(new NewTopic("log", Map.of(0, List.of(1)))))
                    .all()
                    .get();
            OpenNode.await(
                    "the other knows it", () -> other.http("POST", "/", RECORD).statusCode() == 200);
            var anything =
                    new AccessControlEntry("User:ANONYMOUS", "127.0.0.1", AclOperation.READ, AclPermissionType.ALLOW);
            client.createAcls(List.of(new AclBinding(
                            new ResourcePattern(ResourceType.TOPIC, "log", PatternType.LITERAL), anything)))
                    .all()
                    .get();
            OpenNode.await(
                    "the other knows the ACL, too",
                    () -> other.http("POST", "/", RECORD)
                            .body()
                            .contains("User:ANONYMOUS from 127.0.0.1 is not allowed WRITE on topic log"));
            assertThat(other.http("GET", "/?offset=0", "").statusCode()).isEqualTo(200);
            assertThat(other.http("GET", "/topics/log", "").body()).contains("\"highWatermark\":");
        }
    }

    private static Map<String, String> member(Path directory, int id, String roles, int controller) {
        String listeners = "PLAINTEXT://127.0.0.1:" + FreePorts.next();
        return Map.ofEntries(
                Map.entry("node.id", Integer.toString(id)),
                Map.entry("process.roles", roles),
                Map.entry("listeners", id == 1 ? listeners + ",CONTROLLER://127.0.0.1:" + controller : listeners),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controller),
                Map.entry("log.dirs", directory.resolve("node-" + id).toString()),
                Map.entry("dwal.http.listener", "127.0.0.1:0"),
                Map.entry("dwal.grpc.listener", "off"),
                Map.entry("dwal.disk.reserve", "0"),
                Map.entry("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
                Map.entry("allow.everyone.if.no.acl.found", "true"));
    }

    private static void assertForbidden(HttpResponse<String> answer, String error, String missing) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"error\":\"" + error + "\"", "User:ANONYMOUS from 127.0.0.1", missing);
    }

    private static void assertDenied(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            return;
        }
        throw new AssertionError("it was not refused");
    }

    /** That is all that may be done with it from here. */
    private static void only(ResourceType type, String name, AclOperation operation) throws Exception {
        allow(type, name, operation, "127.0.0.1");
    }

    private static void allow(ResourceType type, String name, AclOperation operation, String host) throws Exception {
        add(type, name, operation, host, AclPermissionType.ALLOW);
    }

    private static void deny(AclOperation operation) throws Exception {
        add(ResourceType.CLUSTER, "kafka-cluster", operation, "127.0.0.1", AclPermissionType.DENY);
    }

    private static void add(
            ResourceType type, String name, AclOperation operation, String host, AclPermissionType permission)
            throws Exception {
        admin.createAcls(List.of(new AclBinding(
                        new ResourcePattern(type, name, PatternType.LITERAL),
                        new AccessControlEntry("User:ANONYMOUS", host, operation, permission))))
                .all()
                .get();
    }
}
