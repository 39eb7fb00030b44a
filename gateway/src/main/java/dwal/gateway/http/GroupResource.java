package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.admin.Groups;
import dwal.gateway.admin.Groups.Described;
import dwal.gateway.admin.Groups.Member;
import dwal.gateway.admin.Groups.Progress;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;

/** Groups: listed, and described with their lag. Any thread. */
final class GroupResource implements Router.Resource {
    private final Groups groups;

    GroupResource(Groups groups) {
        this.groups = groups;
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/groups", this::list).on("GET", "/groups/{group}", this::describe);
    }

    private CompletableFuture<HttpAnswer> list(Request request) throws BadRequest {
        request.query().only();
        return groups.as(request.caller())
                .list()
                .thenApply(listed -> listed.isRefused()
                        ? Problems.of(listed)
                        : HttpAnswer.json(json -> {
                            JsonArrays.objects(json, "groups", listed.get().groups(), GroupResource::write);
                            JsonArrays.numbers(
                                    json, "unansweredBrokers", listed.get().unanswered());
                        }));
    }

    private static void write(JsonGenerator json, ListedGroup group) throws IOException {
        json.writeStringField("group", group.groupId());
        json.writeStringField("type", group.groupType());
        json.writeStringField("state", group.groupState());
        json.writeStringField("protocolType", group.protocolType());
    }

    private CompletableFuture<HttpAnswer> describe(Request request) throws BadRequest {
        request.query().only();
        return groups.as(request.caller())
                .describe(request.path("group"))
                .thenApply(group ->
                        group.isRefused() ? Problems.of(group) : HttpAnswer.json(json -> write(json, group.get())));
    }

    private static void write(JsonGenerator json, Described group) throws IOException {
        write(json, group.group());
        json.writeNumberField("coordinator", group.coordinator());
        JsonArrays.objects(json, "members", group.members(), GroupResource::write);
        JsonArrays.objects(json, "partitions", group.partitions(), GroupResource::write);
        json.writeNumberField(
                "lag",
                group.partitions().stream()
                        .map(Progress::lag)
                        .filter(Objects::nonNull)
                        .mapToLong(Long::longValue)
                        .sum());
    }

    private static void write(JsonGenerator json, Member member) throws IOException {
        json.writeStringField("memberId", member.memberId());
        json.writeStringField("instanceId", member.instanceId());
        json.writeStringField("clientId", member.clientId());
        json.writeStringField("clientHost", member.clientHost());
        JsonArrays.objects(json, "partitions", member.partitions(), GroupResource::write);
    }

    private static void write(JsonGenerator json, TopicPartition partition) throws IOException {
        json.writeStringField("topic", partition.topic());
        json.writeNumberField("partition", partition.partition());
    }

    private static void write(JsonGenerator json, Progress progress) throws IOException {
        write(json, progress.partition());
        Nullables.write(json, "committedOffset", progress.committed());
        Nullables.write(json, "highWatermark", progress.highWatermark());
        Nullables.write(json, "lag", progress.lag());
        Long lagMs = progress.lagMs();
        if (lagMs == null) {
            json.writeNullField("lagSeconds");
        } else {
            json.writeNumberField("lagSeconds", lagMs / 1000.0);
        }
        json.writeStringField("memberId", progress.memberId());
    }
}
