package dwal.server.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.server.network.Endpoint;
import dwal.server.network.KafkaListeners;
import dwal.server.network.NetworkSettings;
import dwal.server.quota.ClientQuotas;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session that comes over two real connections, of two network loops. */
class SessionConnectionsTest {
    private static final short VERSION = 17;
    private static final int LONG_MS = 600_000;
    private static final int ROUNDS = 200;

    @TempDir
    private Path directory;

    private final BlockingQueue<ScheduledExecutorService> loops = new LinkedBlockingQueue<>();
    private final FetchSessions sessions = new FetchSessions(10, 64 << 20, 0, Clock.system(), new SplittableRandom(1));
    private HostedTopic topic;
    private KafkaListeners listeners;
    private Client one;
    private Client other;

    private final class Client implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), listeners.port("PLAINTEXT"));
        private final ScheduledExecutorService loop;

        Client() throws IOException, InterruptedException {
            socket.setSoTimeout(30_000);
            send(FetchRequests.next(0, -1, 0));
            receive();
            loop = loops.poll(30, TimeUnit.SECONDS);
        }

        void send(FetchRequestData request) throws IOException {
            var header = new RequestHeader(ApiKeys.FETCH, VERSION, "test", 1);
            ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, VERSION);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                            .putInt(frame.remaining())
                            .put(frame)
                            .array());
        }

        FetchResponseData receive() throws IOException {
            var in = new DataInputStream(socket.getInputStream());
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            ByteBuffer answer = ByteBuffer.wrap(frame).position(Integer.BYTES + 1);
            return new FetchResponseData(new ByteBufferAccessor(answer), VERSION);
        }

        FetchResponseData fetch(FetchRequestData request) throws IOException {
            send(request);
            return receive();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        topic = new HostedTopic(directory);
        var handler = new FetchHandler(
                topic.partitions,
                sessions,
                () -> topic.image,
                1 << 20,
                null,
                ClientQuotas.none().fetch());
        ApiTable table = ApiTable.builder()
                .add(ApiKeys.FETCH, FetchRequestData.class, (context, request) -> {
                    loops.add(context.connection().loop());
                    return handler.handle(context, request);
                })
                .build();
        listeners = new KafkaListeners(
                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0)),
                table,
                onTwoLoops(),
                Clock.system());
        listeners.start();
        one = new Client();
        other = new Client();
        while (other.loop == one.loop) {
            other.close();
            other = new Client();
        }
    }

    private static NetworkSettings onTwoLoops() {
        NetworkSettings kafkas = NetworkSettings.defaults();
        return new NetworkSettings(
                kafkas.transport(),
                2,
                kafkas.sendBufferBytes(),
                kafkas.receiveBufferBytes(),
                kafkas.backlog(),
                kafkas.maxRequestBytes(),
                kafkas.queuedRequestBytes(),
                kafkas.untakenBytes(),
                kafkas.objectBytes(),
                kafkas.limits(),
                kafkas.maxIdleMs(),
                kafkas.maxUnanswered());
    }

    @AfterEach
    void stop() throws IOException {
        one.close();
        other.close();
        listeners.close();
        topic.close();
    }

    @Test
    void aSessionIsUsedOverBothInTurnAndWhoWaitsOverTheOtherIsOutOfTurn() throws Exception {
        int session = one.fetch(named(FetchRequests.next(0, 0, 0), 0, 1)).sessionId();
        assertThat(session).isPositive();
        one.send(FetchRequests.next(session, 1, LONG_MS));
        awaitWaiting();
        Client waits = one;
        for (int epoch = 2; epoch < ROUNDS; epoch++) {
            Client comes = waits == one ? other : one;
            comes.send(FetchRequests.next(session, epoch, LONG_MS));
            assertThat(waits.receive().errorCode()).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH.code());
            awaitWaiting();
            waits = comes;
        }

        topic.append(0);

        FetchResponseData last = waits.receive();
        assertThat(last.errorCode()).isZero();
        assertThat(last.responses().get(0).partitions().get(0).records().sizeInBytes())
                .isPositive();
    }

    /** Until the request that was sent last waits, alone. */
    private void awaitWaiting() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (sessions.waiting() != 1) {
            assertThat(System.nanoTime()).as("nothing waits").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static FetchRequestData named(FetchRequestData request, int from, int count) {
        return request.setTopics(List.of(new FetchTopic()
                .setTopicId(HostedTopic.ID)
                .setPartitions(IntStream.range(from, from + count)
                        .mapToObj(index ->
                                new FetchPartition().setPartition(index).setPartitionMaxBytes(1 << 20))
                        .toList())));
    }
}
