package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.KeySpread;
import dwal.protocol.RequestDecoder.Request;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class FailedRequestTest {
    private static final int MANY = 5_000;

    /** What has no name has one place in the table of the answer, which takes the cube of its number: here some 15 s. */
    @Test
    @Timeout(8)
    void tellsOfSomeTopicsWithoutANameAndOfAllOthers() {
        var request = new DeleteTopicsRequestData();
        for (int i = 0; i < MANY; i++) {
            request.topics().add(new DeleteTopicState().setName(null).setTopicId(new Uuid(1, i)));
        }
        request.topics().add(new DeleteTopicState().setName("named"));

        var answer = (DeleteTopicsResponseData) Objects.requireNonNull(
                FailedRequest.answer(asked(request), new NotControllerException("gone"), connection()));

        assertThat(answer.responses()).hasSize(KeySpread.FEW + 1).anyMatch(topic -> "named".equals(topic.name()));
        assertThat(request.topics()).hasSize(MANY + 1);
    }

    private static Request asked(DeleteTopicsRequestData body) {
        ApiTable.Entry api = Objects.requireNonNull(ApiTable.builder()
                .add(
                        ApiKeys.DELETE_TOPICS,
                        DeleteTopicsRequestData.class,
                        (context, request) -> new CompletableFuture<>())
                .build()
                .entry(ApiKeys.DELETE_TOPICS));
        return new Request(api, (short) 6, 1, "test", body, false);
    }

    private static ClientConnection connection() {
        return new ClientConnection(
                new EmbeddedChannel() {
                    @Override
                    protected SocketAddress remoteAddress0() {
                        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
                    }

                    @Override
                    protected SocketAddress localAddress0() {
                        return remoteAddress0();
                    }
                },
                new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 1),
                1,
                new GhostClients(Clock.system()));
    }
}
