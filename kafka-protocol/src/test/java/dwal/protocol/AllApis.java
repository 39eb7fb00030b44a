package dwal.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/** A table with all APIs of a broker, for tests that go through all of them. */
final class AllApis {
    /** All that a broker's listener can have, in the order of their keys. */
    static final List<ApiKeys> KEYS = List.copyOf(ApiKeys.apisForListener(ListenerType.BROKER));

    /** All that only a controller's listener can have. */
    static final List<ApiKeys> CONTROLLER_KEYS = ApiKeys.apisForListener(ListenerType.CONTROLLER).stream()
            .filter(key -> !KEYS.contains(key))
            .toList();

    private AllApis() {}

    static ApiTable table() {
        ApiTable.Builder table = ApiTable.builder();
        KEYS.forEach(key -> add(table, key));
        return table.build();
    }

    static ApiTable controllerTable() {
        ApiTable.Builder table = ApiTable.builder(ListenerType.CONTROLLER);
        CONTROLLER_KEYS.forEach(key -> add(table, key));
        return table.build();
    }

    @SuppressWarnings("unchecked")
    private static void add(ApiTable.Builder table, ApiKeys key) {
        table.add(
                key,
                (Class<ApiMessage>) key.messageType.newRequest().getClass(),
                (context, request) -> CompletableFuture.completedFuture(key.messageType.newResponse()));
    }

    /** A frame, without its length. */
    static ByteBuffer frame(ApiKeys key, short version, int correlationId, String clientId, byte[] body) {
        var header = new RequestHeaderData()
                .setRequestApiKey(key.id)
                .setRequestApiVersion(version)
                .setCorrelationId(correlationId)
                .setClientId(clientId);
        ByteBufferAccessor headerBytes = MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion(version));
        return ByteBuffer.allocate(headerBytes.remaining() + body.length)
                .put(headerBytes.buffer())
                .put(body)
                .flip();
    }
}
