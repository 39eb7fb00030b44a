package dwal.compat.differential;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import dwal.compat.server.Server;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** One of the two servers that are compared, with what differs between them by nature: address, ids of topics. */
final class Side implements AutoCloseable {
    private final Server server;
    private final Map<String, Uuid> topicIds = new HashMap<>();
    private final ApiVersionsResponseData versions;
    /** What an answer to one request gave for the next: a session id, a member id, a producer id. */
    final Map<String, Long> remembered = new HashMap<>();

    Side(Server server) throws IOException {
        this.server = server;
        versions = (ApiVersionsResponseData) call(
                ApiKeys.API_VERSIONS,
                (short) 4,
                new ApiVersionsRequestData()
                        .setClientSoftwareName("differential")
                        .setClientSoftwareVersion("1"));
    }

    /** A connection for each request: an error that closes it spoils nothing. */
    ApiMessage call(ApiKeys api, short version, ApiMessage request) throws IOException {
        try (RawConnection connection = connect()) {
            return connection.call(api, version, request);
        }
    }

    RawConnection connect() throws IOException {
        return new RawConnection(server.host(), server.port());
    }

    Side topic(String name, int partitions, Map<String, String> configs) {
        try (Admin admin = new Clients(server).admin()) {
            NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(configs);
            topicIds.put(name, Clients.get(admin.createTopics(List.of(topic)).topicId(name)));
            // An answer does not mean that the broker's own view has it already.
            Await.until(
                    name + " to be known",
                    () -> Clients.get(admin.describeTopics(List.of(name)).allTopicNames())
                            .containsKey(name));
        }
        return this;
    }

    Uuid topicId(String name) {
        return topicIds.getOrDefault(name, new Uuid(7, 7));
    }

    Optional<String> topicName(String id) {
        return topicIds.entrySet().stream()
                .filter(topic -> topic.getValue().toString().equals(id))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    Optional<ApiVersionsResponseData.ApiVersion> advertised(ApiKeys api) {
        return Optional.ofNullable(versions.apiKeys().find(api.id));
    }

    Server server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
