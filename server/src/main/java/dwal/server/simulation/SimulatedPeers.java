package dwal.server.simulation;

import dwal.protocol.Peer;
import dwal.protocol.Peers;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** The lines of one run of a node to the others: requests and answers go as bytes over the simulated network. */
final class SimulatedPeers implements Peers {
    private final int id;
    private final NodeRun run;
    private final SimulatedCluster cluster;

    SimulatedPeers(int id, NodeRun run, SimulatedCluster cluster) {
        this.id = id;
        this.run = run;
        this.cluster = cluster;
    }

    @Override
    public Peer to(int target) {
        return new Line(target);
    }

    private final class Line implements Peer {
        private final int target;

        Line(int target) {
            this.target = target;
        }

        @Override
        public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
            short version = api.latestVersion();
            ByteBuffer bytes = encode(request, version);
            var question = new Question(api, version, done);
            run.life().after(timeoutMs, () -> question.finish(Answer.failed("no answer")));
            run.send(
                    target,
                    () -> cluster.node(target)
                            .receive(
                                    api,
                                    version,
                                    bytes.duplicate(),
                                    said -> cluster.network()
                                            .send(
                                                    target,
                                                    id,
                                                    run.life().guarded(() -> question.answer(said.duplicate())))));
        }

        @Override
        public void close() {}
    }

    /** A request that waits for its answer, which may come twice. */
    private static final class Question {
        private final ApiKeys api;
        private final short version;
        private final Consumer<Peer.Answer> done;
        private boolean finished;

        Question(ApiKeys api, short version, Consumer<Peer.Answer> done) {
            this.api = api;
            this.version = version;
            this.done = done;
        }

        void answer(ByteBuffer bytes) {
            if (!finished) {
                ApiMessage body = ApiMessageType.fromApiKey(api.id).newResponse();
                body.read(new ByteBufferAccessor(bytes), version);
                finish(new Peer.Answer(body, null, () -> {}));
            }
        }

        void finish(Peer.Answer answer) {
            if (!finished) {
                finished = true;
                done.accept(answer);
            }
        }
    }

    static ByteBuffer encode(ApiMessage message, short version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return bytes.flip();
    }
}
